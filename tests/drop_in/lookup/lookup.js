// Stands for a line in the hosts file and for port 443: `--require` runs it before any program.

const dns = require("node:dns");
const net = require("node:net");

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name === "api.mobilepay.dk" ? "127.0.0.1" : name, ...rest);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  if (options.host === "api.mobilepay.dk" && Number(options.port) === 443) {
    options.port = Number(process.env.LED_TO_PORT);
  }
  return connect.apply(this, given);
};
