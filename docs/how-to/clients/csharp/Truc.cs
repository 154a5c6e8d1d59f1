// A client for a Trục hub with .NET 8 and the package System.Security.Cryptography.Xml.
//   HUB=… KEY=… dotnet run -- unsigned.edxml cert.pem key.pem
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography.Xml;
using System.Text;
using System.Text.Json;
using System.Xml;

const string Edxml = "http://www.mic.gov.vn/TBT/QCVN_102_2016";
int[] again = { 408, 429, 500, 502, 503, 504, 507 };
using var http = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("HUB")!), Timeout = TimeSpan.FromMinutes(2) };
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("KEY"));

var body = Sign(args[0], args[1], args[2]); // keep these bytes: every later try sends the same
Console.WriteLine(Encoding.UTF8.GetString(await Call(HttpMethod.Post, "/v1/envelopes", body, "application/xml")));

var inbox = JsonDocument.Parse(await Call(HttpMethod.Get, "/v1/inbox?wait=30&limit=100"));
foreach (var item in inbox.RootElement.GetProperty("items").EnumerateArray())
{
    var path = "/v1/inbox/" + item.GetProperty("delivery_id").GetString();
    await File.WriteAllBytesAsync(item.GetProperty("delivery_id").GetString() + ".edxml", await Call(HttpMethod.Get, path));
    await Call(HttpMethod.Post, path + "/confirm", Encoding.UTF8.GetBytes("{\"result\": \"done\"}"), "application/json");
}

async Task<byte[]> Call(HttpMethod method, string path, byte[]? content = null, string? type = null)
{
    for (var attempt = 0; attempt < 8; attempt++)
    {
        var wait = TimeSpan.FromSeconds(0.5 * Math.Pow(2, attempt));
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (content != null)
            {
                request.Content = new ByteArrayContent(content);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(type!);
            }
            using var answer = await http.SendAsync(request);
            var came = await answer.Content.ReadAsByteArrayAsync();
            if (answer.IsSuccessStatusCode) return came;
            if (!again.Contains((int)answer.StatusCode))
                throw new InvalidOperationException($"{(int)answer.StatusCode} {Encoding.UTF8.GetString(came)}");
            wait = answer.Headers.RetryAfter?.Delta ?? wait;
        }
        catch (HttpRequestException) { /* a broken line: the same bytes again are harmless */ }
        await Task.Delay(wait);
    }
    throw new InvalidOperationException("the hub does not answer; send the same bytes later");
}

static byte[] Sign(string file, string certificate, string key)
{
    var document = new XmlDocument { PreserveWhitespace = true };
    document.Load(file);
    using var signer = X509Certificate2.CreateFromPemFile(certificate, key);
    var signed = new SignedXml(document) { SigningKey = signer.GetRSAPrivateKey() };
    signed.SignedInfo!.CanonicalizationMethod = SignedXml.XmlDsigExcC14NTransformUrl;
    signed.SignedInfo.SignatureMethod = SignedXml.XmlDsigRSASHA256Url;
    var whole = new Reference("") { DigestMethod = SignedXml.XmlDsigSHA256Url };
    whole.AddTransform(new XmlDsigEnvelopedSignatureTransform());
    whole.AddTransform(new XmlDsigExcC14NTransform());
    signed.AddReference(whole);
    signed.KeyInfo = new KeyInfo();
    signed.KeyInfo.AddClause(new KeyInfoX509Data(signer));
    signed.ComputeSignature();
    var header = (XmlElement)document.GetElementsByTagName("edXMLHeader", Edxml)[0]!;
    header.AppendChild(document.ImportNode(signed.GetXml(), true));
    return Encoding.UTF8.GetBytes(document.OuterXml);
}
