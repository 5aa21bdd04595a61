// The JavaScript half of fast synth: the provider's index with its 2,135 requires turned into getters that run on first use.
"use strict";

const crypto = require("crypto");
const fs = require("fs");
const Module = require("module");
const path = require("path");

const INDEX = path.join("@cdktf", "provider-aws", "lib", "index.js");
// SHA-256 of @cdktf/provider-aws 20.1.0's lib/index.js.
const KNOWN = new Set(["23f7368584d5d11a9407b161d62968e96d902b8e8affbf185987af42505e8314"]);
const REQUIRE = /^exports\.(\w+) = require\("([^"]+)"\);$/gm;

const stock = Module._extensions[".js"];

Module._extensions[".js"] = function (module, filename) {
  if (!filename.endsWith(INDEX)) return stock(module, filename);
  const source = fs.readFileSync(filename, "utf8");
  if (!KNOWN.has(crypto.createHash("sha256").update(source).digest("hex"))) {
    process.stderr.write(`fast synth is off: ${INDEX} is not a version it knows; using the stock path\n`);
    return stock(module, filename);
  }
  module._compile(
    source.replace(
      REQUIRE,
      (_, name, target) =>
        `Object.defineProperty(exports, "${name}", { enumerable: true, configurable: true, get() { return require("${target}"); } });`,
    ),
    filename,
  );
};
