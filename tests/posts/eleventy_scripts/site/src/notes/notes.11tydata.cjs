module.exports = async () => {
  const months = ["01"];
  return {
    tags: "note",
    permalink(data) {
      const month = months[data.page.date.getMonth()];
      return `/notes/${month}/`;
    },
    draft: process.env.NODE_ENV !== "production",
  };
};
