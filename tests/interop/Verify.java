import java.io.File;
import java.io.FileInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/**
 * Verifies signed documents as a Java program would that trusts nothing but the JDK, secure validation switched on.
 *
 * <p>java Verify.java FILE CERTIFICATE [FILE CERTIFICATE ...] prints one line each: "valid", or what is wrong. The
 * certificate is the one whose key must have signed; what KeyInfo says is not looked at.
 */
final class Verify {
    private Verify() {}

    public static void main(String[] args) {
        for (int at = 0; at + 1 < args.length; at += 2) {
            String said;
            try {
                said = verify(new File(args[at]), new File(args[at + 1]));
            } catch (Exception error) {
                said = error.toString().replace('\n', ' ');
            }
            System.out.println(said);
        }
    }

    private static String verify(File file, File certificate) throws Exception {
        DocumentBuilderFactory documents = DocumentBuilderFactory.newInstance();
        documents.setNamespaceAware(true);
        documents.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        Document document = documents.newDocumentBuilder().parse(file);
        NodeList found = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature");
        if (found.getLength() != 1) {
            return found.getLength() + " signatures";
        }
        X509Certificate signer;
        try (FileInputStream in = new FileInputStream(certificate)) {
            signer = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        DOMValidateContext context = new DOMValidateContext(signer.getPublicKey(), found.item(0));
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
        XMLSignature signature = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
        if (signature.validate(context)) {
            return "valid";
        }
        return signature.getSignatureValue().validate(context) ? "digest-mismatch" : "signature-invalid";
    }
}
