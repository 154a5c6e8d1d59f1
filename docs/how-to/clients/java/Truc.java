import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.crypto.dsig.CanonicalizationMethod;
import javax.xml.crypto.dsig.DigestMethod;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;

/**
 * A client for a Trục hub with what Java 17 has.
 *
 * <p>HUB=… KEY=… java Truc.java send unsigned.edxml cert.pem key.pem signed.edxml (the key is RSA, PKCS 8)<br>
 * HUB=… KEY=… java Truc.java receive FOLDER
 */
final class Truc {
    private static final String EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
    private static final String EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
    private static final String RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    private static final Set<Integer> AGAIN = Set.of(408, 429, 500, 502, 503, 504, 507);
    private static final Pattern DELIVERY = Pattern.compile("\"delivery_id\"\\s*:\\s*\"([^\"]+)\"");
    // the hub speaks HTTP/1.1; the default would offer HTTP/2 with every request over plain http://
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String hub = System.getenv("HUB");
    private final String key = System.getenv("KEY");

    public static void main(String[] args) throws Exception {
        Truc truc = new Truc();
        if (args[0].equals("send")) {
            sign(Path.of(args[1]), Path.of(args[2]), Path.of(args[3]), Path.of(args[4]));
            byte[] body = Files.readAllBytes(Path.of(args[4])); // these bytes go out, now and at every later try
            System.out.println(new String(truc.call("POST", "/v1/envelopes", body, "application/xml"), "UTF-8"));
        } else {
            truc.receive(Path.of(args[1]));
        }
    }

    private void receive(Path folder) throws Exception {
        Files.createDirectories(folder);
        String items = new String(call("GET", "/v1/inbox?wait=30&limit=100", null, null), "UTF-8");
        for (var found = DELIVERY.matcher(items); found.find(); ) { // use your JSON library for the rest
            String path = "/v1/inbox/" + found.group(1);
            Files.write(folder.resolve(found.group(1) + ".edxml"), call("GET", path, null, null));
            call("POST", path + "/confirm", "{\"result\": \"done\"}".getBytes("UTF-8"), "application/json");
            System.out.println(found.group(1));
        }
    }

    /** The same request again after what Retry-After says, where nothing was kept or nobody knows. */
    private byte[] call(String method, String path, byte[] body, String type) throws Exception {
        for (int attempt = 0; attempt < 8; attempt++) {
            long wait = 500L << attempt;
            var publisher =
                    body == null
                            ? HttpRequest.BodyPublishers.noBody()
                            : HttpRequest.BodyPublishers.ofByteArray(body);
            var request = HttpRequest.newBuilder(URI.create(hub + path)).method(method, publisher);
            request.header("Authorization", "Bearer " + key);
            if (type != null) {
                request.header("Content-Type", type);
            }
            try {
                var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
                if (answer.statusCode() < 300) {
                    return answer.body();
                }
                if (!AGAIN.contains(answer.statusCode())) {
                    throw new IllegalStateException(answer.statusCode() + " " + new String(answer.body(), "UTF-8"));
                }
                wait = answer.headers().firstValue("Retry-After").map(s -> Long.parseLong(s) * 1000).orElse(wait);
            } catch (java.io.IOException broken) {
                // nobody knows whether it arrived: the same bytes again are harmless
            }
            Thread.sleep(Math.min(wait, 60_000));
        }
        throw new IllegalStateException("the hub does not answer; send the same bytes later");
    }

    private static void sign(Path file, Path certificate, Path key, Path output) throws Exception {
        var documents = DocumentBuilderFactory.newInstance();
        documents.setNamespaceAware(true);
        documents.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        var document = documents.newDocumentBuilder().parse(file.toFile());
        X509Certificate signer;
        try (var in = Files.newInputStream(certificate)) {
            signer = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        String pem = Files.readString(key).replaceAll("-----[A-Z ]+-----|\\s", "");
        PrivateKey secret =
                KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        var factory = XMLSignatureFactory.getInstance("DOM");
        var whole =
                factory.newReference(
                        "",
                        factory.newDigestMethod(DigestMethod.SHA256, null),
                        List.of(
                                factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
                                factory.newTransform(EXCLUSIVE, (TransformParameterSpec) null)),
                        null,
                        null);
        var info =
                factory.newSignedInfo(
                        factory.newCanonicalizationMethod(
                                CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
                        factory.newSignatureMethod(RSA_SHA256, null),
                        List.of(whole));
        var keys = factory.getKeyInfoFactory();
        var carried = keys.newKeyInfo(List.of(keys.newX509Data(List.of(signer))));
        var place = document.getElementsByTagNameNS(EDXML, "edXMLHeader").item(0);
        factory.newXMLSignature(info, carried).sign(new DOMSignContext(secret, place));
        TransformerFactory.newInstance()
                .newTransformer()
                .transform(new DOMSource(document), new StreamResult(output.toFile()));
    }
}
