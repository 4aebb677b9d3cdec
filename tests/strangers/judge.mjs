// Asks @sigstore/verify and canonicalize about packs: questions as JSON on standard input, answers as JSON on the output.
//   node judge.mjs FOLDER      FOLDER is the one in which node_modules lies
// In:  {"root": trusted root, "key": {"hint", "pem"}, "packs": {name: {"envelopes": {path: bundle},
//       "log": bundle or null, "documents": {path: base64}}}}
// Out: {name: {"envelopes": {path: ""|reason}, "log": ""|reason|null, "documents": {path: ""|reason}}}; "" is accepted.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { createPublicKey } from "node:crypto";
import { join, resolve } from "node:path";

const modules = join(resolve(process.argv[2]), "node_modules");
const require = createRequire(join(modules, "x.js"));
const { bundleFromJSON } = require("@sigstore/bundle");
const { TrustedRoot } = require("@sigstore/protobuf-specs");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");
const canonicalizeAt = pathToFileURL(join(modules, "canonicalize", "lib", "canonicalize.js"));
const canonicalize = (await import(canonicalizeAt.href)).default;

const asked = JSON.parse(readFileSync(0, "utf8"));
const trusted = toTrustMaterial(TrustedRoot.fromJSON(asked.root), (hint) => {
  if (hint !== asked.key.hint) throw new Error(`unknown key ${hint}`);
  return { publicKey: createPublicKey(asked.key.pem), validFor: () => true };
});

const reason = (act) => {
  try {
    act();
    return "";
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}`;
  }
};

const verify = (bundle, tlogThreshold) =>
  reason(() => {
    const thresholds = { tlogThreshold, ctlogThreshold: 0, timestampThreshold: 0 };
    new Verifier(trusted, thresholds).verify(toSignedEntity(bundleFromJSON(bundle)));
  });

const canonical = (base64) =>
  reason(() => {
    const bytes = Buffer.from(base64, "base64");
    const again = canonicalize(JSON.parse(bytes.toString("utf8")));
    if (!Buffer.from(again, "utf8").equals(bytes)) throw new Error("other bytes");
  });

const each = (table, act) => Object.fromEntries(Object.entries(table).map(([name, value]) => [name, act(value)]));

const answers = each(asked.packs, (pack) => ({
  envelopes: each(pack.envelopes, (bundle) => verify(bundle, 0)),
  log: pack.log === null ? null : verify(pack.log, 1),
  documents: each(pack.documents, canonical),
}));
process.stdout.write(JSON.stringify(answers));
