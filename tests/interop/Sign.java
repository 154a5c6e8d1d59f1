import java.io.File;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.SignedInfo;
import javax.xml.crypto.dsig.Transform;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.KeyInfo;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.crypto.dsig.spec.C14NMethodParameterSpec;
import javax.xml.crypto.dsig.spec.ExcC14NParameterSpec;
import javax.xml.crypto.dsig.spec.TransformParameterSpec;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Node;

/**
 * Signs documents with what the JDK has.
 *
 * <p>java Sign.java JOBS: a file with one job a line, its words apart by tabs: input, output, certificate (PEM), key
 * (PKCS 8, DER), RSA or EC, signature method, digest method, canonicalisation of SignedInfo, canonicalisation of the
 * document ("-" for none), prefix ("-" for none), local name of the element the signature goes into,
 * prefixes that exclusive canonicalisations treat inclusively, apart by spaces ("-" for no list).
 */
final class Sign {
    private static final String EDXML = "http://www.mic.gov.vn/TBT/QCVN_102_2016";

    private Sign() {}

    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            sign(line.split("\t"));
        }
    }

    private static void sign(String[] job) throws Exception {
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        DocumentBuilderFactory documents = DocumentBuilderFactory.newInstance();
        documents.setNamespaceAware(true);
        Document document = documents.newDocumentBuilder().parse(new File(job[0]));
        X509Certificate signer;
        try (FileInputStream in = new FileInputStream(job[2])) {
            signer = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        PrivateKey key =
                KeyFactory.getInstance(job[4])
                        .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(job[3]))));
        C14NMethodParameterSpec prefixes =
                job[11].equals("-") ? null : new ExcC14NParameterSpec(List.of(job[11].split(" ")));
        List<Transform> transforms = new ArrayList<>();
        transforms.add(factory.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null));
        if (!job[8].equals("-")) {
            transforms.add(factory.newTransform(job[8], (TransformParameterSpec) prefixes));
        }
        Reference whole =
                factory.newReference("", factory.newDigestMethod(job[6], null), transforms, null, null);
        SignedInfo info =
                factory.newSignedInfo(
                        factory.newCanonicalizationMethod(job[7], prefixes),
                        factory.newSignatureMethod(job[5], null),
                        List.of(whole));
        KeyInfoFactory keys = factory.getKeyInfoFactory();
        KeyInfo carried = keys.newKeyInfo(List.of(keys.newX509Data(List.of(signer))));
        Node place =
                job[10].equals("edXML")
                        ? document.getDocumentElement()
                        : document.getElementsByTagNameNS(EDXML, job[10]).item(0);
        DOMSignContext context = new DOMSignContext(key, place);
        if (!job[9].equals("-")) {
            context.setDefaultNamespacePrefix(job[9]);
        }
        XMLSignature signature = factory.newXMLSignature(info, carried);
        signature.sign(context);
        TransformerFactory.newInstance()
                .newTransformer()
                .transform(new DOMSource(document), new StreamResult(new File(job[1])));
    }
}
