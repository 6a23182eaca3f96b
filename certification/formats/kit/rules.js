// What the offline verifier decides, without page and without network: WebCrypto (Ed25519, SHA-256) and nothing else.
// The same rules as verify.py beside it. Everything that is read comes from strangers, except `trust`, which is ours.
"use strict";
globalThis.deshmi = (() => {
  const { subtle } = globalThis.crypto;
  const DAY = 86_400_000;
  const STALE_AFTER = 30 * DAY; // status lists older than this say nothing any more
  const TOLERANCE = 300_000; // clocks may differ by five minutes
  const MOST_FILE = 10 * 1024 * 1024, MOST_TEXT = 256 * 1024, MOST_DEPTH = 32, ENTRIES = 131_072;
  const MOST_ATTACHMENTS = 40;
  const NEAR = 1_000; // bytes between the parts of an attachment's dictionary
  const CONTEXT = "deshmi qr token\0";
  const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  const PROOF = ["created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"];
  const JWT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
  const ADDRESS = /^https:\/\/[^\s\/#?]+\/v\/([0-9A-Z]{12})#([A-Za-z0-9_-]+)$/;
  const utf8 = new TextEncoder();

  // A reason ends the examination: with it comes the verdict.
  class Ended extends Error {
    constructor(verdict, reason) { super(reason); Object.assign(this, { verdict, reason }); }
  }
  const notGenuine = (reason) => new Ended("not_genuine", reason);
  const cannotCheck = (reason) => new Ended("cannot_check", reason);

  // --- Bytes and texts ---------------------------------------------------------------------------

  function text(bytes) {
    try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { throw cannotCheck("unreadable"); }
  }

  function latin(bytes) { // one character a byte, so that places in the text are places in the file
    let found = "";
    for (let at = 0; at < bytes.length; at += 32_768) found += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return found;
  }

  function join(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { whole.set(part, at); at += part.length; }
    return whole;
  }

  function base64(written) {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(written)) throw notGenuine("altered");
    const bytes = Uint8Array.from(atob(written), (letter) => letter.charCodeAt(0));
    if (btoa(latin(bytes)) !== written) throw notGenuine("altered"); // bits after the last byte
    return bytes;
  }

  function base64url(written) {
    if (!/^[A-Za-z0-9_-]*$/.test(written) || written.length % 4 === 1) throw notGenuine("altered");
    return base64(written.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (written.length % 4)) % 4));
  }

  function multibase(written) {
    if (typeof written !== "string" || written.length > 128 || !/^z[1-9A-HJ-NP-Za-km-z]+$/.test(written)) throw notGenuine("altered");
    let number = 0n;
    for (const letter of written.slice(1)) number = number * 58n + BigInt(ALPHABET.indexOf(letter));
    const bytes = [];
    for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
    for (let at = 1; written[at] === "1"; at += 1) bytes.unshift(0);
    return Uint8Array.from(bytes);
  }

  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
  const sha256 = async (bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes));

  async function signed(publicBytes, signature, message) {
    if (signature.length !== 64) return false;
    const key = await subtle.importKey("raw", publicBytes, { name: "Ed25519" }, false, ["verify"]);
    return subtle.verify({ name: "Ed25519" }, key, signature, message);
  }

  async function unpacked(bytes, format, most) { // no more than `most` bytes, however much it would become
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
    const parts = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return join(...parts);
      size += value.length;
      if (size > most) { await reader.cancel(); throw new RangeError("too large"); }
      parts.push(value);
    }
  }

  // --- JSON --------------------------------------------------------------------------------------

  // JSON.parse would take the last of two members of one name, where another reader takes the first.
  function strict(written) {
    if (written.length > MOST_TEXT) throw cannotCheck("unreadable");
    let value;
    try { value = JSON.parse(written); } catch { throw cannotCheck("unreadable"); }
    const open = []; // of each object the names seen, of each list null
    const piece = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
    let isName = false;
    for (let found = piece.exec(written); found; found = piece.exec(written)) {
      const [token] = found;
      if (token === "{" || token === "[") {
        if (open.push(token === "{" ? new Set() : null) > MOST_DEPTH) throw cannotCheck("unreadable");
        isName = token === "{";
      } else if (token === "}" || token === "]") { open.pop(); isName = false;
      } else if (token === ",") isName = open.at(-1) !== null;
      else if (token === ":") isName = false;
      else if (isName) {
        const name = JSON.parse(token);
        if (open.at(-1).has(name)) throw notGenuine("altered");
        open.at(-1).add(name);
      }
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw cannotCheck("unreadable");
    return value;
  }

  // RFC 8785: members sorted by UTF-16 code units; numbers and texts as JSON.stringify writes them.
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  const hashed = async (value) => sha256(utf8.encode(canonical(value)));

  const issuerOf = (document) => {
    const found = document.issuer !== null && typeof document.issuer === "object" ? document.issuer.id : document.issuer;
    return typeof found === "string" ? found : "";
  };

  function moment(written) {
    const found = typeof written === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(written)
      ? Date.parse(written) : NaN;
    if (Number.isNaN(found)) throw notGenuine("altered");
    return found;
  }

  // --- What a file carries -----------------------------------------------------------------------

  async function fromPdf(bytes) {
    const whole = latin(bytes);
    const found = [];
    for (const { index } of [...whole.matchAll(/\/EmbeddedFile(?!s)/g)].slice(0, MOST_ATTACHMENTS)) {
      // The dictionary around it is short, so that a file of nothing else is soon read.
      const start = Math.max(0, index - NEAR), end = index + 13;
      const begins = start + whole.slice(start, index).lastIndexOf("obj");
      const stream = />>\s*stream\r?\n/.exec(whole.slice(end, end + NEAR));
      if (begins < start || stream === null) continue;
      const head = whole.slice(begins, end + stream.index);
      const from = end + stream.index + stream[0].length;
      const length = /\/Length\s+(\d+)(?!\d*\s+\d+\s+R)/.exec(head);
      let to = length ? from + Number(length[1]) : whole.indexOf("endstream", from);
      if (!length) to -= whole.slice(to - 2, to) === "\r\n" ? 2 : 1;
      if (to < from || to > bytes.length) continue;
      const packed = bytes.subarray(from, to);
      try {
        if (!/\/Filter\b/.test(head)) found.push(packed.subarray(0, MOST_TEXT + 1));
        else if (/\/Filter\s*\[?\s*\/FlateDecode\b/.test(head)) found.push(await unpacked(packed, "deflate", MOST_TEXT));
      } catch { /* an attachment that is none of ours, or a bomb */ }
    }
    const texts = found.filter((each) => each.length <= MOST_TEXT).map((each) => new TextDecoder().decode(each));
    const credentials = texts.filter((each) => each.trimStart().startsWith("{"));
    const proofs = texts.filter((each) => each.startsWith("c2sp.org/tlog-proof@v1\n"));
    if (credentials.length > 1 || proofs.length > 1) throw notGenuine("altered"); // which one would a reader be shown?
    if (credentials.length === 0) throw cannotCheck("unreadable");
    return { json: credentials[0], proof: proofs[0] };
  }

  function fromPng(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found = [];
    for (let at = 8; at + 12 <= bytes.length;) {
      const size = view.getUint32(at), kind = latin(bytes.subarray(at + 4, at + 8));
      if (at + 12 + size > bytes.length) throw cannotCheck("unreadable");
      const data = bytes.subarray(at + 8, at + 8 + size);
      if (kind === "iTXt" && latin(data.subarray(0, 20)) === "openbadgecredential\0") {
        const second = data.indexOf(0, data.indexOf(0, 22) + 1);
        if (data[20] !== 0 || second < 0 || size > MOST_TEXT) throw cannotCheck("unreadable");
        found.push(text(data.subarray(second + 1)));
      }
      at += 12 + size;
    }
    if (found.length !== 1) throw cannotCheck("unreadable");
    return fromText(found[0]);
  }

  function fromSvg(written) {
    if (/<!DOCTYPE|<!ENTITY/i.test(written)) throw cannotCheck("unreadable");
    const found = [...written.matchAll(/<openbadges:credential\b([^>]*?)(?:\/>|>([\s\S]*?)<\/openbadges:credential>)/g)];
    if (found.length !== 1) throw cannotCheck("unreadable");
    const verify = /\bverify="([^"]*)"/.exec(found[0][1]);
    const inside = (found[0][2] ?? "").trim().replaceAll("]]]]><![CDATA[>", "]]\u0000>");
    return fromText(verify ? verify[1] : inside.replace(/^<!\[CDATA\[/, "").replace(/\]\]>$/, "").replaceAll("\u0000", ""));
  }

  function fromText(written) {
    const trimmed = written.trim();
    if (trimmed.startsWith("https://")) return { token: trimmed };
    if (JWT.test(trimmed) && trimmed.length <= MOST_TEXT) return { jwt: trimmed };
    if (trimmed.startsWith("{")) return { json: trimmed };
    throw cannotCheck("unreadable");
  }

  async function carried(bytes) {
    if (bytes.length > MOST_FILE) throw cannotCheck("unreadable");
    const head = latin(bytes.subarray(0, 1_024));
    if (head.startsWith("\x89PNG\r\n\x1a\n")) return fromPng(bytes);
    if (head.includes("%PDF-")) return fromPdf(bytes);
    const written = text(bytes);
    return written.trimStart().startsWith("<") ? fromSvg(written) : fromText(written);
  }

  // --- Signatures --------------------------------------------------------------------------------

  // The key of that name and purpose. `created` is when the signature says it was made; a token does not say.
  function keyOf(trust, id, purpose, created) {
    const key = trust.keys.find((each) => each.id === id);
    if (!key) throw cannotCheck("unknown_key");
    if (key.purpose !== purpose) throw notGenuine("wrong_key");
    if (created !== undefined) {
      if (key.active_from && created < moment(key.active_from) - TOLERANCE) throw notGenuine("wrong_key");
      if (key.retired_at && created > moment(key.retired_at) + TOLERANCE) throw notGenuine("wrong_key");
    }
    const raw = multibase(key.publicKeyMultibase);
    if (raw.length !== 34 || raw[0] !== 0xed || raw[1] !== 0x01) throw cannotCheck("unknown_key");
    return { ...key, public: raw.slice(2) };
  }

  // Data Integrity EdDSA Cryptosuites 1.0 section 3.3 (eddsa-jcs-2022).
  async function dataIntegrity(secured, trust, purpose) {
    const { proof: proofs, ...document } = secured;
    const ours = [proofs].flat().filter((each) => each?.type === "DataIntegrityProof" && each.cryptosuite === "eddsa-jcs-2022");
    if (ours.length !== 1) throw notGenuine("altered");
    const { proofValue, ...options } = ours[0];
    const names = Object.keys(ours[0]).filter((name) => name !== "@context").sort();
    if (names.join() !== PROOF.join() || options.proofPurpose !== "assertionMethod") throw notGenuine("altered");
    if ("@context" in options && canonical(options["@context"]) !== canonical(document["@context"])) throw notGenuine("altered");
    if (issuerOf(document) !== trust.issuer.did || String(options.verificationMethod).split("#")[0] !== trust.issuer.did) throw notGenuine("foreign");
    const created = moment(options.created);
    const key = keyOf(trust, options.verificationMethod, purpose, created);
    const message = join(await hashed(options), await hashed(document));
    if (!(await signed(key.public, multibase(proofValue), message))) throw notGenuine("altered");
    return { document, key, created };
  }

  // W3C Securing Verifiable Credentials using JOSE and COSE 1.0; the header may bring no key and no address.
  async function jose(token, trust) {
    const [head, body, signature] = token.split(".");
    const header = strict(text(base64url(head)));
    const names = Object.keys(header).filter((name) => name !== "cty").sort().join();
    if (names !== "alg,kid,typ" || header.alg !== "EdDSA" || header.typ !== "vc+jwt" || (header.cty ?? "vc") !== "vc") throw notGenuine("altered");
    const { iss, sub, jti, nbf, exp, ...document } = strict(text(base64url(body)));
    if (issuerOf(document) !== trust.issuer.did || String(header.kid).split("#")[0] !== trust.issuer.did) throw notGenuine("foreign");
    const seconds = (written) => (written === undefined ? undefined : Math.floor(moment(written) / 1000));
    const expected = [issuerOf(document), document.credentialSubject?.id, document.id, seconds(document.validFrom), seconds(document.validUntil)];
    if (canonical(expected.map((each) => each ?? null)) !== canonical([iss, sub, jti, nbf, exp].map((each) => each ?? null))) throw notGenuine("altered");
    const key = keyOf(trust, header.kid, "credential");
    if (!(await signed(key.public, base64url(signature), utf8.encode(`${head}.${body}`)))) throw notGenuine("altered");
    return { document, key };
  }

  async function qrToken(address, trust) {
    const found = ADDRESS.exec(address);
    if (!found || found[2].length > 888) throw cannotCheck("unreadable");
    const content = base64url(found[2]);
    const body = content.subarray(0, -64);
    let at = 0;
    const take = (size) => {
      if (at + size > body.length) throw notGenuine("altered");
      at += size;
      return body.subarray(at - size, at);
    };
    const number = (size) => take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number(1) !== 1) throw cannotCheck("unknown_key");
    const words = () => { try { return text(take(number(1))); } catch { throw notGenuine("altered"); } };
    const keyId = words(), printed = latin(take(12)), name = words(), course = words();
    const hours = number(4) / 100, first = number(2), last = number(2), place = number(4);
    const day = (count) => new Date(count * DAY).toISOString().slice(0, 10);
    const key = keyOf(trust, `${trust.issuer.did}#${keyId}`, "credential");
    if (!(await signed(key.public, content.subarray(-64), join(utf8.encode(CONTEXT), body)))) throw notGenuine("altered");
    if (at !== body.length || printed !== found[1]) throw notGenuine("altered");
    return {
      key,
      facts: { name, course, hours: String(hours), number: printed.replace(/(.{4})(?=.)/g, "$1-"), from: day(first), until: last ? day(last) : "" },
      // Days of Central Europe: one or two hours ahead of UTC.
      begins: first * DAY - 2 * 3_600_000, ends: last ? (last + 1) * DAY - 3_600_000 : null,
      list: (each) => each.number === Math.floor(place / ENTRIES), index: place % ENTRIES,
    };
  }

  // --- The log: RFC 9162 section 2.1.3.2, C2SP signed-note, tlog-checkpoint and tlog-proof ----------

  async function noteSigner(note, keys) {
    const end = note.lastIndexOf("\n\n");
    if (end < 0 || !note.endsWith("\n")) throw notGenuine("not_in_log");
    const message = utf8.encode(note.slice(0, end + 1));
    for (const line of note.slice(end + 2, -1).split("\n").slice(0, 32)) {
      const [dash, name, value] = line.split(" ");
      const key = keys.find((each) => each.startsWith(`${name}+`));
      if (dash !== "—" || !key || !value) continue;
      const raw = base64(value), known = base64(key.slice(name.length + 10));
      if (known[0] !== 1 || hex(raw.subarray(0, 4)) !== key.slice(name.length + 1, name.length + 9)) continue;
      if (!(await signed(known.subarray(1), raw.subarray(4), message))) throw notGenuine("not_in_log");
      return name;
    }
    throw cannotCheck("unknown_key");
  }

  async function inLog(written, entryOf, trust) {
    const end = written.indexOf("\n\n");
    const lines = written.slice(0, end).split("\n");
    const note = written.slice(end + 2);
    if (end < 0 || lines[0] !== "c2sp.org/tlog-proof@v1" || !lines[1]?.startsWith("extra ") || !/^index \d{1,15}$/.test(lines[2] ?? "")) throw notGenuine("not_in_log");
    const [origin, size, root] = note.split("\n");
    if ((await noteSigner(note, trust.log.keys)) !== origin || !/^\d{1,15}$/.test(size)) throw notGenuine("not_in_log");
    const index = Number(lines[2].slice(6));
    let place = index, last = Number(size) - 1;
    const up = () => { place = Math.floor(place / 2); last = Math.floor(last / 2); };
    if (place > last) throw notGenuine("not_in_log");
    const entry = utf8.encode(await entryOf(base64(lines[1].slice(6))));
    let reached = await sha256(join(Uint8Array.of(0), entry));
    for (const line of lines.slice(3)) {
      const sibling = base64(line);
      if (last === 0 || sibling.length !== 32) throw notGenuine("not_in_log");
      if (place % 2 === 1 || place === last) {
        reached = await sha256(join(Uint8Array.of(1), sibling, reached));
        while (place && place % 2 === 0) up();
      } else reached = await sha256(join(Uint8Array.of(1), reached, sibling));
      up();
    }
    if (last !== 0 || !same(reached, base64(root))) throw notGenuine("not_in_log");
    return index;
  }

  // Entry of an issue: certification/formats/log_leaf.py.
  const issueEntry = (secured, created) => async (salt) => canonical({
    v: 1, op: "issue", at: new Date(created).toISOString().replace(/\.\d+Z$/, "Z"),
    c: hex(await sha256(join(salt, utf8.encode(canonical(secured))))),
  });

  // --- The verdict -------------------------------------------------------------------------------

  async function bit(encoded, index) {
    const octets = await unpacked(base64url(encoded.slice(1)), "gzip", ENTRIES / 8).catch(() => { throw cannotCheck("no_list"); });
    if (encoded[0] !== "u" || octets.length !== ENTRIES / 8) throw cannotCheck("no_list");
    return Boolean(octets[index >> 3] & (0x80 >> (index % 8)));
  }

  // What the lists of this kit say of one place: "revoked", "replaced", "suspended" or "".
  async function standing(trust, list, index, now) {
    const lists = trust.lists.filter(list);
    if (lists.length === 0 || !Number.isInteger(index) || index < 0 || index >= ENTRIES) throw cannotCheck("no_list");
    let found = "", oldest = Infinity;
    for (const each of lists) {
      let subject;
      try {
        const { document } = await dataIntegrity(strict(each.content), trust, "status");
        subject = document.credentialSubject;
        oldest = Math.min(oldest, moment(document.validFrom));
        if (document.id !== each.address || subject.statusPurpose !== each.purpose) throw cannotCheck("no_list");
      } catch { throw cannotCheck("no_list"); }
      if (!(await bit(subject.encodedList, index))) continue;
      if (each.purpose === "suspension") found ||= "suspended";
      else found = (await bit(each.replaced, index)) ? "replaced" : "revoked";
    }
    for (const each of lists) if (found === "" && each.suspended && (await bit(each.suspended, index))) found = "suspended";
    // Revoked and replaced are for ever; everything else may have changed since.
    if (found === "revoked" || found === "replaced") return found;
    if (now < Math.min(oldest, moment(trust.made)) - DAY) throw cannotCheck("clock");
    if (now > oldest + STALE_AFTER) throw cannotCheck("stale");
    return found;
  }

  const factsOf = (document) => {
    const subject = document.credentialSubject ?? {};
    const identity = [subject.identifier].flat().find((each) => each?.identityType === "name");
    const hours = [subject.result].flat().find((each) => String(each?.resultDescription).endsWith("#hours"));
    return {
      name: identity?.identityHash ?? "", course: subject.achievement?.name ?? "", hours: hours?.value ?? "", number: "",
      from: String(document.validFrom).slice(0, 10), until: String(document.validUntil ?? "").slice(0, 10),
    };
  };

  async function judged(what, trust, now, checks, result) {
    const tick = (name, outcome) => checks.push({ name, outcome });
    let found;
    try {
      if (what.token) found = await qrToken(what.token, trust);
      else {
        const secured = what.json ? strict(what.json) : null;
        const { document, key, created } = secured ? await dataIntegrity(secured, trust, "credential") : await jose(what.jwt, trust);
        const entry = document.credentialStatus ?? {};
        found = {
          key, created, secured, facts: factsOf(document), begins: moment(document.validFrom),
          ends: document.validUntil === undefined ? null : moment(document.validUntil),
          list: (each) => each.address === entry.statusListCredential, index: /^\d{1,6}$/.test(entry.statusListIndex) ? Number(entry.statusListIndex) : -1,
        };
      }
    } catch (error) {
      if (error.reason !== "unreadable") tick("signature", error.verdict === "not_genuine" ? "no" : "open");
      throw error;
    }
    tick("signature", "yes");
    result.facts = found.facts;
    let place = null;
    if (what.proof) {
      try { place = await inLog(what.proof, issueEntry(found.secured, found.created), trust); } catch (error) {
        tick("log", error.verdict === "not_genuine" ? "no" : "open");
        throw error instanceof Ended ? error : notGenuine("not_in_log");
      }
      tick("log", "yes");
      const seen = (trust.log.witnessed ?? []).find(([size]) => size > place);
      if (seen) {
        const off = moment(seen[1]) - found.begins;
        result.witnessed = seen[1];
        result.isLate = off < -86_400_000 || off > 2 * 86_400_000;
      }
    } else tick("log", "open");
    if (found.key.state === "compromised" && (place === null || found.key.compromised_tree_size == null || place >= found.key.compromised_tree_size)) {
      tick("key", "open");
      throw cannotCheck("compromised");
    }
    tick("key", "yes");
    let said;
    try { said = await standing(trust, found.list, found.index, now); } catch (error) { tick("status", "open"); throw error; }
    tick("status", said ? "no" : "yes");
    if (said) return said;
    if (now < found.begins - TOLERANCE) { tick("dates", "no"); throw cannotCheck("not_yet"); }
    const isOver = found.ends !== null && now > found.ends;
    tick("dates", isOver ? "no" : "yes");
    return isOver ? "expired" : "valid";
  }

  // The verdict on a file (bytes) or a scanned address, as of the day `trust` was made. Never throws.
  async function examine(content, trust, now = Date.now()) {
    const checks = [];
    const result = { verdict: "cannot_check", reason: "", checks, facts: null, isDocument: false, asOf: trust.made, witnessed: null, isLate: false };
    try {
      const what = await carried(typeof content === "string" ? utf8.encode(content) : content);
      result.isDocument = typeof content !== "string" && latin(content.subarray(0, 1_024)).includes("%PDF-");
      result.verdict = await judged(what, trust, now, checks, result);
    } catch (error) {
      result.verdict = error instanceof Ended ? error.verdict : "cannot_check";
      result.reason = error instanceof Ended ? error.reason : "unreadable";
    }
    if (result.verdict === "not_genuine") result.facts = null; // nothing of a forgery is repeated
    return result;
  }

  return { examine, canonical };
})();
