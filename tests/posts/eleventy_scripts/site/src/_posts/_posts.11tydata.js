const site = require("../_data/metadata.js");

module.exports = {
  tags: ["posts", site.title],
  layout: "post.njk", // no post of ours has another
  eleventyComputed: {
    permalink: (data) => `/${data.page.fileSlug}/${this.slugify(data.title)}/`,
    title: "{{ title }}!",
    words: (data) => data.content.split(/[,' ]/).length,
  },
};
