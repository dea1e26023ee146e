module.exports = async () => ({ out: await far() });
