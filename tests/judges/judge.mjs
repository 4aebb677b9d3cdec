// Reads orders as JSON from standard input, answers each with true or false: what two of npm's verifiers accept.
import { readFileSync } from "node:fs";
import { createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { Verifier, toSignedEntity, toTrustMaterial } from "@sigstore/verify";
import canonicalize from "canonicalize";

function canonical({ files }) {
  return files.every((text) => {
    try {
      return canonicalize(JSON.parse(text)) === text;
    } catch {
      return false;
    }
  });
}

function sigstore({ bundle, root, engine, keyid }) {
  try {
    const key = { publicKey: createPublicKey(engine), validFor: () => true };
    const trust = toTrustMaterial(TrustedRoot.fromJSON(root), (hint) => {
      if (hint !== keyid) throw new Error("no such key");
      return key;
    });
    const thresholds = { ctlogThreshold: 0, tlogThreshold: 1, timestampThreshold: 0 };
    new Verifier(trust, thresholds).verify(toSignedEntity(bundleFromJSON(bundle)));
    return true;
  } catch {
    return false;
  }
}

const judges = { canonical, sigstore };
const orders = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(orders.map((order) => judges[order.judge](order))));
