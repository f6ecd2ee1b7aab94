/* Sealing and opening in the browser, by libsodium: what is sealed here can be read by whoever holds the tip desk's private
   key alone, and that key is wrapped by passphrases that never leave the browser. layers/contacts.py seals alike. */

import { at, el } from "./dom.js";

const PADDED_BYTES = 768; // of one length, whatever a contact says
const SALT_BYTES = 16;
/* argon2id as RFC 9106 recommends it second: a third of a second, and eight where no WebAssembly may run. */
const PASSES = 3;
const MEMORY_BYTES = 64 * 1024 * 1024;

let loading = null;

/* The library, fetched when it is first needed; the page includes sodium.html. */
export function sodium() {
  loading = loading ?? load();
  loading.catch(() => (loading = null));
  return loading;
}

async function load() {
  const page = /** @type {any} */ (window);
  const [core, wrappers] = JSON.parse(at("sodium").dataset.scripts);
  await run(core);
  const { libsodium } = page;
  await libsodium.ready;
  // where no WebAssembly may run, the core takes up its other form and loses what the wrappers wait for
  libsodium.ready = libsodium.ready ?? Promise.resolve();
  await run(wrappers);
  await page.sodium.ready;
  return page.sodium;
}

function run(src) {
  return new Promise((done, failed) => {
    document.head.append(el("script", { src, onload: done, onerror: failed }));
  });
}

/* A contact sealed under a key of its own, and that key sealed to the desk's; all in base64. */
export async function sealed(text, publicKey) {
  const s = await sodium();
  const [own, nonce] = [s.randombytes_buf(32), s.randombytes_buf(24)];
  const body = s.crypto_secretbox_easy(s.pad(s.from_string(text), PADDED_BYTES), nonce, own);
  return { sealed: packed(s, joined(nonce, body)), sealed_key: packed(s, s.crypto_box_seal(own, read(s, publicKey))) };
}

/* What was sealed; throws where this is not the key. */
export async function opened(contact, publicKey, privateKey) {
  const s = await sodium();
  const own = s.crypto_box_seal_open(read(s, contact.sealed_key), read(s, publicKey), privateKey);
  return s.to_string(s.unpad(unboxed(s, read(s, contact.sealed), own), PADDED_BYTES));
}

/* A new pair of keys for the desk: the public one in base64, the private one for ``wrapped``. */
export async function newPair() {
  const s = await sodium();
  const { publicKey, privateKey } = s.crypto_box_keypair();
  return { publicKey: packed(s, publicKey), privateKey };
}

/* The private key as a passphrase wraps it: salt and wrapped, in base64. */
export async function wrapped(privateKey, passphrase) {
  const s = await sodium();
  const [salt, nonce] = [s.randombytes_buf(SALT_BYTES), s.randombytes_buf(24)];
  const body = s.crypto_secretbox_easy(privateKey, nonce, keyOf(s, passphrase, salt));
  return { salt: packed(s, salt), wrapped: packed(s, joined(nonce, body)) };
}

/* The private key, by whichever copy the passphrase opens; null where it opens none. */
export async function unwrapped(copies, passphrase) {
  const s = await sodium();
  for (const copy of copies) {
    try {
      return unboxed(s, read(s, copy.wrapped), keyOf(s, passphrase, read(s, copy.salt)));
    } catch {
      continue;
    }
  }
  return null;
}

function keyOf(s, passphrase, salt) {
  const algorithm = s.crypto_pwhash_ALG_ARGON2ID13;
  return s.crypto_pwhash(32, passphrase.normalize("NFC"), salt, PASSES, MEMORY_BYTES, algorithm);
}

function unboxed(s, bytes, key) {
  return s.crypto_secretbox_open_easy(bytes.slice(24), bytes.slice(0, 24), key);
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

const packed = (s, bytes) => s.to_base64(bytes, s.base64_variants.ORIGINAL);
const read = (s, text) => s.from_base64(text, s.base64_variants.ORIGINAL);
