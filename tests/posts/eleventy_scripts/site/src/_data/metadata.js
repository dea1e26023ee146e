// What the layouts say of the site.
module.exports = {
  url: process.env.URL || "https://quay.example.org",
  title: `The quay`,
  language: 'en',
  author: { name: "Ida", email: 'ida' + '@' + "quay.example.org" },
  year: new Date().getFullYear(),
};
