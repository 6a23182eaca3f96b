// A second opinion on eddsa-jcs-2022, written from the standard and sharing no code with ours.
// In: {"document": …, "keys": {id: Multikey}} on standard input. Out: "valid" or "invalid: why", in one line.
// Needs Node 18.4 or newer (WebCrypto with Ed25519) and no package.
import { webcrypto } from "node:crypto";

const { subtle } = webcrypto;
const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// RFC 8785: members sorted by UTF-16 code units; numbers and texts as JSON.stringify writes them.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

function multibase(text) {
  if (text[0] !== "z") throw new Error("not base58btc");
  let number = 0n;
  for (const letter of text.slice(1)) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error(`${letter} is no base 58 digit`);
    number = number * 58n + BigInt(digit);
  }
  const bytes = [];
  for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
  for (let at = 1; text[at] === "1"; at += 1) bytes.unshift(0);
  return Uint8Array.from(bytes);
}

async function hash(value) {
  return new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(canonical(value))));
}

async function verify({ document: secured, keys }) {
  const { proof: proofs, ...document } = secured;
  const [proof] = [proofs].flat().filter((each) => each.cryptosuite === "eddsa-jcs-2022");
  if (!proof) return "invalid: no eddsa-jcs-2022 proof";
  const { proofValue, ...options } = proof;
  if (canonical(options["@context"]) !== canonical(document["@context"])) return "invalid: other contexts";
  const key = keys[proof.verificationMethod];
  if (!key) return "invalid: unknown key";
  const raw = multibase(key);
  if (raw.length !== 34 || raw[0] !== 0xed || raw[1] !== 0x01) return "invalid: not an Ed25519 Multikey";
  const data = new Uint8Array([...(await hash(options)), ...(await hash(document))]);
  const known = await subtle.importKey("raw", raw.slice(2), { name: "Ed25519" }, false, ["verify"]);
  const holds = await subtle.verify({ name: "Ed25519" }, known, multibase(proofValue), data);
  return holds ? "valid" : "invalid: the signature does not fit";
}

let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
console.log(await verify(JSON.parse(text)));
