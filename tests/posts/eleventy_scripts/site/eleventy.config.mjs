const folders = { input: process.env.INPUT };

export default function (config) {
  config.addPreprocessor("drafts", "*", (data) => !data.draft);
  return { dir: { input: folders.input, layouts: "_looks" }, markdownTemplateEngine: "njk" };
}
