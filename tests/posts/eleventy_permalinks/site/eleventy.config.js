export default function (config) {
  return { markdownTemplateEngine: "njk", dir: { input: "src" } };
}
