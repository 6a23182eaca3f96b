// A square code before the camera or on a photo: found by the browser itself where it can, else by a decoder that is
// loaded when it is first needed. Used by the page of verification and by the page that works without network.
const LONGEST = 1600; // pixels of the longer side that are looked at
const PAUSE = 120; // ms between two looks
const ADDRESS = /\/v\/([^/?#\s]{12,14})\/?(?:\?(?:[^#]*&)?c=([^&#\s]+)[^#]*)?(?:#([A-Za-z0-9_-]{80,}))?$/;

let own; // the browser's reader, null when it has none
let decode;

export async function prepare(decoder) {
  if (own === undefined) {
    const kinds = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
    own = kinds?.includes("qr_code") ? new globalThis.BarcodeDetector({ formats: ["qr_code"] }) : null;
  }
  if (own === null && !decode) ({ default: decode } = await import(decoder));
}

// What the square code in `source` (a video, or an ImageBitmap) says; "" when none is found.
export async function read(source, width, height) {
  if (!width || !height) return "";
  if (own) {
    const [found] = await own.detect(source).catch(() => []);
    return found?.rawValue ?? "";
  }
  const part = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(width * part), height: Math.round(height * part) });
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  paper.drawImage(source, 0, 0, canvas.width, canvas.height);
  try {
    return decode(paper.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return ""; // no code in it, or none that can be read
  }
}

// Number, access code and signed address in what a code says; null when it is no code of a certificate.
export function understood(said) {
  const found = ADDRESS.exec(said.trim());
  if (found) return { number: found[1], code: found[2] ?? "", address: found[3] ? said.trim() : "" };
  const bare = said.toUpperCase().replace(/[\s-]/g, "");
  return /^[0-9A-Z]{12}$/.test(bare) ? { number: bare, code: "", address: "" } : null;
}

// Looks through the camera until `found(text)` returns true or `stop()` is called. Rejects with the browser's error.
export async function look(video, decoder, found) {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } },
  });
  let going = true;
  const stop = () => {
    going = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    await prepare(decoder);
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    stop();
    throw error;
  }
  (async () => {
    while (going) {
      const said = await read(video, video.videoWidth, video.videoHeight);
      if (going && said && found(said)) stop();
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  })();
  return stop;
}

export async function readPhoto(file, decoder) {
  await prepare(decoder);
  const picture = await createImageBitmap(file);
  return read(picture, picture.width, picture.height);
}
