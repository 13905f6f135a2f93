using System.Text;

namespace NatsActors.Fuzz;

/// <summary>Makes JSON objects of the members that INFO and PubAcks have, with values of right and of wrong types.</summary>
internal static class JsonMaker
{
    private static readonly string[] Names =
    [
        "server_id", "version", "nonce", "max_payload", "connect_urls", "headers", "jetstream", "auth_required", "tls_required",
        "tls_available", "ldm", "stream", "seq", "duplicate", "error", "code", "err_code", "description", "domain", "s\\u0065q", "",
    ];

    private static readonly string[] Scalars =
    [
        "0", "1", "-1", "42", "503", "1048576", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1.5", "1e3", "1e400",
        "true", "false", "null", "\"\"", "\"LINES\"", "\"a:4222\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\u0000\\r\\n\\u001b[31m\"", "\"ü\"", "tru",
    ];

    private const int Deepest = 4;

    public static void Add(List<byte> to, int depth, ref Dice dice)
    {
        to.Add((byte)'{');
        for (var members = dice.Next(6); members > 0; members--)
        {
            AddText(to, $"\"{dice.Pick<string>(Names)}\":");
            AddValue(to, depth, ref dice);
            if (members > 1)
            {
                to.Add((byte)',');
            }
        }

        to.Add((byte)'}');
    }

    private static void AddValue(List<byte> to, int depth, ref Dice dice)
    {
        switch (depth < Deepest ? dice.Next(6) : 0)
        {
            case < 4:
                AddText(to, dice.OneIn(60) ? '"' + new string('y', dice.Next(2000)) + '"' : dice.Pick<string>(Scalars));
                break;
            case 4:
                to.Add((byte)'[');
                for (var items = dice.Next(4); items > 0; items--)
                {
                    AddValue(to, depth + 1, ref dice);
                    if (items > 1)
                    {
                        to.Add((byte)',');
                    }
                }

                to.Add((byte)']');
                break;
            default:
                Add(to, depth + 1, ref dice);
                break;
        }
    }

    private static void AddText(List<byte> to, string text) => to.AddRange(Encoding.UTF8.GetBytes(text));
}
