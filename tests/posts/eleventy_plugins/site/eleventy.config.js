import markdownItFootnote from "markdown-it-footnote";

export default function (config) {
  config.amendLibrary("md", (md) => md.use(markdownItFootnote).use(markdownItAttrs).use(markdownItContainer, "info"));
  config.addShortcode("ref", (name) => name);
}
