using System.Text;

namespace NatsActors.Fuzz;

/// <summary>What nats-server 2.9 sent in real sessions, word for word but for ids, and the words that its lines are made of.</summary>
internal static class Sessions
{
    private const string Info =
        """
        INFO {"server_id":"NCXU3TNQLGT6QHTVKQGQVJXA4OZMLBWNPY4Q5GJQ4S7BVZLVWVJ4HZJD","server_name":"n1","version":"2.9.10","proto":1,"git_commit":"e3ab2ff","go":"go1.19.4","host":"127.0.0.1","port":4222,"headers":true,"auth_required":true,"tls_required":true,"tls_available":true,"max_payload":1048576,"jetstream":true,"client_id":5,"client_ip":"127.0.0.1","nonce":"VTQz8K3oGqIqXyo","cluster":"loopback","connect_urls":["127.0.0.1:4222","[::1]:4223","nats.example:4224"],"ldm":true,"xkey":""} 
        """;

    private const string Stored = """{"stream":"LINES","seq":1}""";
    private const string Duplicate = """{"stream":"LINES", "domain":"hub","seq":18446744073709551615,"duplicate": true}""";
    private const string Refused = """{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"},"stream":"LINES","seq":0}""";

    public static byte[][] All { get; } =
    [
        Bytes(Info + "\r\n+OK\r\n+OK\r\nMSG _I.a.1 1 26\r\n" + Stored + "\r\nHMSG _I.a.2 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n"
            + "-ERR 'Permissions Violation for Publish to \"secret\"'\r\nPONG\r\n"),
        Bytes("PING\r\nPONG\r\nMSG _I.a.7 1 " + Duplicate.Length + "\r\n" + Duplicate + "\r\nMSG _I.a.8 1 " + Refused.Length + "\r\n"
            + Refused + "\r\nHMSG _I.a.9 1 r.to 32 34\r\nNATS/1.0 408 Request Timeout\r\n\r\nhi\r\nPONG\r\n"),
        Bytes(Info + "\r\nPING\r\n-ERR 'Authorization Violation'\r\n"),
        Bytes("-ERR 'Permissions Violation for Publish with Reply of \"_I.a.\\x00\\u00fc\\U0001f600\\\"\\\\\"'\r\nPONG\r\nPONG\r\nPONG\r\n"),
        Bytes("+OK\r\n-ERR 'User Authentication Expired'\r\n" + Info + "\r\n"),
    ];

    /// <summary>What lines are put together from: right, wrong, and nearly right.</summary>
    public static byte[][] Words { get; } =
    [
        .. new[]
        {
            "INFO ", "info\t", "INFO {", "{}", "MSG ", "HMSG ", "PING\r\n", "PONG\r\n", "+OK\r\n", "-ERR '", "'\r\n", "\r\n", "\n", "\r",
            " ", "\t", "_I.a.1 1 ", "_I.a.2 1 reply ", "0\r\n\r\n", "2\r\nok\r\n", "26\r\n" + Stored + "\r\n", "NATS/1.0 503\r\n\r\n",
            "NATS/1.0\r\n\r\n", "16 16\r\n", "12 14\r\n", "-1", "+1", "2147483647", "4294967296", "99999999999999999999", "65536\r\n",
            "Permissions Violation for Publish to \"", "Permissions Violation for Subscription to \"", "\\x", "\\u", "\\U0010ffff", "\\ud800",
            "Authorization", "Invalid Subject", Stored, Refused, Duplicate, "\"error\":null", "\"error\":{", "[[[[", "}", "]", ",", ":", "\"",
            "\"seq\":", "\"stream\":", "\"max_payload\":", "\"connect_urls\":[", "\"ldm\":true", "1e400", "-0", "\\ud83d", "\u00fc", "\u0000",
        }.Select(Bytes),
        [0xFF, 0xFE], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF0, 0x9F, 0x98], [0],
    ];

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
