// The page's rules, run by Node: [{content: base64, address?: text, trust, now: milliseconds}] in, the answers out.
import { pathToFileURL } from "node:url";

await import(pathToFileURL(process.argv[2]));
let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
const { trusts, cases } = JSON.parse(text);
const answers = [];
for (const { content, address, trust, now } of cases) {
  const given = address ?? new Uint8Array(Buffer.from(content, "base64"));
  answers.push(await globalThis.deshmi.examine(given, trusts[trust], now));
}
console.log(JSON.stringify(answers));
