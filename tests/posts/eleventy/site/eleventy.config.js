export default function (config) {
  throw new Error("nobody runs this");
}
export const config = {
  dir: { input: "src", output: "_site" },
  pathPrefix: "/p/",
};
