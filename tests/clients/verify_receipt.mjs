// Checks the signature of a receipt with the published library `jose`: verify_receipt.mjs <receipt> <key set>.
// Prints the document that was signed.
import { readFileSync } from "node:fs";
import { compactVerify, createLocalJWKSet } from "jose";

const [receipt, keys] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, "utf8")));
const options = { algorithms: ["EdDSA"] };
const { payload, protectedHeader } = await compactVerify(receipt.receipt, createLocalJWKSet(keys), options);
if (protectedHeader.typ !== "volens-receipt+jws") throw new Error("not a receipt");
process.stdout.write(payload);
