// A client for a Trục hub with nothing but Node 18 or later.
//   HUB=… KEY=… node truc.mjs send FROM TO NUMBER cert.pem key.pem     writes, signs and sends a document
//   HUB=… KEY=… node truc.mjs receive FOLDER                          waits, fetches, confirms, answers 03
//
// Node has no XML library. It needs none to sign: the envelope is written in canonical form to begin with (one default
// namespace, no empty-element tags, no declaration), so its bytes are their own exclusive canonicalisation.
import { createHash, createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { HUB, KEY } = process.env;
const EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";
const C14N = "http://www.w3.org/2001/10/xml-exc-c14n#";
const sha256 = (data) => createHash("sha256").update(data);

async function call(method, path, body, type) {
  for (let attempt = 0; attempt < 8; attempt++) {
    let wait = 0.5 * 2 ** attempt;
    try {
      const headers = { Authorization: `Bearer ${KEY}`, ...(type && { "Content-Type": type }) };
      const answer = await fetch(HUB + path, { method, body, headers });
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      if (![408, 429, 500, 502, 503, 504, 507].includes(answer.status)) {
        throw Object.assign(new Error(`${answer.status} ${await answer.text()}`), { isFinal: true });
      }
      wait = Number(answer.headers.get("retry-after")) || wait;
    } catch (error) {
      if (error.isFinal) throw error; // a refusal; anything else is a broken line: the same bytes again
    }
    await new Promise((done) => setTimeout(done, Math.min(wait, 60) * 1000));
  }
  throw new Error("the hub does not answer; send the same bytes later");
}

const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#xD;");
const tag = (name, ...inner) => `<${name}>${inner.join("")}</${name}>`;
const text = (name, value) => tag(name, escaped(value));

export function written({ from, to, number, date, subject, file, content }) {
  const header = tag(
    "MessageHeader",
    tag("From", text("OrganId", from)),
    tag("To", text("OrganId", to)),
    text("DocumentId", `${from},${date},${number}/UBND-VP`),
    tag("Code", text("CodeNumber", number), text("CodeNotation", "UBND-VP")),
    tag("PromulgationInfo", text("PromulgationDate", date)),
    tag("DocumentType", text("Type", "2"), text("TypeName", "Công văn")),
    text("Subject", subject),
  );
  const trace = tag("TraceHeaderList", tag("Bussiness", text("BussinessDocType", "0"), text("Paper", "0")));
  const reference = tag("Reference", text("ContentId", "cid:1"), text("ContentType", "text/plain"), text("AttachmentName", file));
  const encoded = text("ContentTransferEncoded", Buffer.from(content).toString("base64"));
  const attachment = tag("Attachment", text("ContentId", "cid:1"), text("AttachmentName", file), text("ContentType", "text/plain"), encoded);
  const envelope = tag(
    "edXMLEnvelope",
    tag("edXMLHeader", header, trace),
    tag("edXMLBody", `<edXMLManifest version="1.0">${reference}</edXMLManifest>`),
  );
  return `<edXML xmlns="${EDXML}">${envelope}${tag("AttachmentEncoded", attachment)}</edXML>`;
}

export function signed(body, certificatePem, keyPem) {
  const key = createPrivateKey(keyPem);
  const method = key.asymmetricKeyType === "ec" ? "ecdsa-sha256" : "rsa-sha256"; // the curve P-256, or RSA
  const empty = (name, algorithm) => `<${name} Algorithm="${algorithm}"></${name}>`;
  const info =
    empty("CanonicalizationMethod", C14N) +
    empty("SignatureMethod", `http://www.w3.org/2001/04/xmldsig-more#${method}`) +
    `<Reference URI=""><Transforms>${empty("Transform", DSIG + "enveloped-signature")}${empty("Transform", C14N)}</Transforms>` +
    empty("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256") +
    tag("DigestValue", sha256(body).digest("base64")) +
    "</Reference>";
  const data = Buffer.from(`<SignedInfo xmlns="${DSIG}">${info}</SignedInfo>`);
  const value = sign("sha256", data, { key, dsaEncoding: "ieee-p1363" }).toString("base64");
  const certificate = new X509Certificate(certificatePem).raw.toString("base64");
  const signature =
    `<Signature xmlns="${DSIG}">${tag("SignedInfo", info)}${tag("SignatureValue", value)}` +
    `${tag("KeyInfo", tag("X509Data", tag("X509Certificate", certificate)))}</Signature>`;
  return body.replace("</edXMLHeader>", () => `${signature}</edXMLHeader>`);
}

async function checkReceipt(jws, body) {
  const [head, payload, signature] = jws.split(".");
  const { kid } = JSON.parse(Buffer.from(head, "base64url"));
  const { keys } = JSON.parse(await call("GET", "/.well-known/jwks.json"));
  const found = keys.find((one) => one.kid === kid);
  if (!found) throw new Error("signed by none of the hub's keys");
  const key = createPublicKey({ key: { kty: found.kty, crv: found.crv, x: found.x }, format: "jwk" });
  if (!verify(null, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url"))) throw new Error("the receipt was changed");
  const claims = JSON.parse(Buffer.from(payload, "base64url"));
  if (claims.sha256 !== sha256(body).digest("hex")) throw new Error("a receipt for other bytes");
  return claims;
}

const [command, ...words] = process.argv.slice(2);
if (command === "send") {
  const [from, to, number, certificate, key] = words;
  const date = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format(new Date()).replaceAll("-", "/");
  const body = written({ from, to, number, date, subject: "V/v gửi thử từ Node", file: "thu.txt", content: "Xin chào.\n" });
  const bytes = Buffer.from(signed(body, readFileSync(certificate), readFileSync(key)));
  const answer = JSON.parse(await call("POST", "/v1/envelopes", bytes, "application/xml"));
  const claims = await checkReceipt(answer.receipt.jws, bytes);
  console.log(`${answer.id} ${answer.signature.verdict} ${claims.document_id}`);
} else if (command === "receive") {
  mkdirSync(words[0], { recursive: true });
  for (const item of JSON.parse(await call("GET", "/v1/inbox?wait=30&limit=100")).items) {
    const path = `/v1/inbox/${item.delivery_id}`;
    writeFileSync(join(words[0], `${item.delivery_id}.edxml`), await call("GET", path));
    await call("POST", `${path}/confirm`, JSON.stringify({ result: "done" }), "application/json");
    if (item.kind === "document") {
      const said = { sender: item.sender, document_id: item.document_id, code: "03", description: "Đã vào sổ" };
      await call("POST", "/v1/status-reports", JSON.stringify(said), "application/json");
    }
    console.log(`${item.delivery_id} ${item.kind} ${item.document_id}`);
  }
}
