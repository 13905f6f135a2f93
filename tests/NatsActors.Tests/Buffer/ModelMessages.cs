using System.Text;

namespace NatsActors.Tests.Buffer;

/// <summary>The messages of a random run, and the filters that are put to them.</summary>
internal static class ModelMessages
{
    public static readonly string[] Subjects = ["orders.eu", "orders.us", "prices.eu.day", "ü.x"];
    public static readonly string?[] Filters = ["orders.*", "prices.>", "orders.eu", ">", null];

    public static byte[] Encode(string subject, int size, long sequence)
    {
        var payload = $"{sequence}:{new string((char)('a' + (sequence % 26)), size)}";
        return Encoding.UTF8.GetBytes($"PUB {subject} {payload.Length}\r\n{payload}\r\n");
    }

    public static int PayloadOf(ModelFrame frame) =>
        int.Parse(Encoding.UTF8.GetString(frame.Bytes.AsSpan(0, frame.Bytes.AsSpan().IndexOf("\r\n"u8))).Split(' ')[^1]);

    public static bool Covers(string? filter, string subject) => filter switch
    {
        null or ">" => true,
        "orders.*" => subject.StartsWith("orders.", StringComparison.Ordinal),
        "prices.>" => subject.StartsWith("prices.", StringComparison.Ordinal),
        _ => filter == subject,
    };
}
