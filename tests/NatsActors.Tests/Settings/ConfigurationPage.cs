using System.Text;
using System.Text.RegularExpressions;
using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

/// <summary>
/// Writes <c>docs/configuration.md</c>. Keys, defaults and meanings come from the text of each package's reference.conf; the allowed
/// values come from what the settings readers answer to wrong ones. Only the page's head, in <see cref="Head"/>, and a note for each
/// package are written by hand.
/// </summary>
internal static partial class ConfigurationPage
{
    private static readonly string Head =
        """
        # Configuration

        A test writes this page from the `reference.conf` of [NatsActors](../hocon/reference.conf), of
        [gateways](../src/NatsActors.Cluster/Gateway/reference.conf) and of
        [sharded publishers](../src/NatsActors.Cluster/Sharding/reference.conf), and from the settings readers. The test fails when the page
        differs. To write the page again after a change:

        ```sh
        bash scripts/approve.sh
        ```

        ## Where settings come from

        - **HOCON**: the keys below `nats-actors.publisher`. A named publisher has its own section and inherits the rest.
        - **IConfiguration**: the same keys, in the same spelling or in C# case, below a section of your choice.
        - **Code**: the same names as properties of `PublisherSettings`.

        The same setting in each of the three:

        ```hocon
        nats-actors {
          publisher.buffer.max-bytes = 64MiB
          publishers.orders.buffer.max-bytes = 1GiB
        }
        ```

        ```json
        { "Nats": { "Orders": { "Buffer": { "MaxBytes": "1GiB" } } } }
        ```

        ```csharp
        using NatsActors;

        var settings = new PublisherSettings { Name = "orders", Buffer = new() { MaxBytes = 1L << 30 } };
        Console.WriteLine(settings.Validate());
        ```

        An environment variable is the key with `__` for each level: `Nats__Orders__Buffer__MaxBytes=1GiB`.

        - A duration has a unit: `250ms`, `5s`, `2m`, `1h`, `1d`. A size has a unit: `512B`, `64KiB`, `16MiB`, `1GiB`. A number without a
          unit is an error where a unit is needed.
        - A flag is `on` or `off`; `true`, `false`, `yes` and `no` do too.
        - An unknown key is an error, and the error names the nearest known key. One error lists every violation.
        - Rules between keys: a minimum is not above its maximum, `buffer.low-watermark` is below `buffer.high-watermark`,
          `connection.tls.certificate-file` and `connection.tls.key-file` come together, `connection.credentials-file` excludes user,
          password and token, and `jetstream.strict-order` and `durability.journal` need `delivery.resend = on`.
        - User, password and token have no HOCON key, because an actor system logs its configuration. They come from code
          (`NatsPublisherSetup`, `NatsPublisherOptions.Credentials`) or from `IConfiguration` (`Connection:User`, `Connection:Password`,
          `Connection:Token`). No log line, event or error of NatsActors shows them.

        `akka.actor.deployment` may give the publisher and its two actors a dispatcher. Another router, a mailbox or a remote node is
        refused when the publisher starts, because the limits of the buffer would no longer hold. (Akka.NET replaces the router of a
        publisher in a place of your own in the tree without asking. Such a publisher is closed from the start: the log names the key,
        and every message is answered.)

        Below, each package has a table of all its keys, and then their meanings. The rest of a `reference.conf` registers a serializer; see
        [Remote senders](remote.md). `NatsActors.Persistence` has no keys of its own: the keys `durability.*` are a publisher's. (The SQLite
        file of a publisher is named in code or in IConfiguration, by `Durability:JournalFile`; see
        [A buffer that outlives its process](durability.md).)
        """;

    /// <summary>The whole page.</summary>
    public static string Write(IEnumerable<PackageKeys> packages)
    {
        var page = new StringBuilder(Head).Append('\n');
        foreach (var package in packages)
        {
            Append(page, package);
        }

        return page.ToString();
    }

    private static void Append(StringBuilder page, PackageKeys package)
    {
        page.Append($"\n## {package.Name}\n\n| key | default | values |\n|---|---|---|\n");
        foreach (var section in package.Sections)
        {
            foreach (var key in section.Groups.SelectMany(group => group.Keys))
            {
                page.Append($"| `{Short(key.Path)}` | {Shown(key.Default)} | {section.Values(key)} |\n");
            }
        }

        page.Append($"\n{package.Note}\n");
        foreach (var group in package.Sections.SelectMany(section => section.Groups))
        {
            page.Append($"\n### {string.Join(", ", group.Keys.Select(key => $"`{Short(key.Path)}`"))}\n\n{Prose(group)}\n");
        }
    }

    private static string Short(string path) =>
        path[(path.StartsWith(ReferenceDefaults.Root, StringComparison.Ordinal) ? ReferenceDefaults.Root : PackageKeys.Root).Length..];

    private static string Shown(string text) => text is "" or "\"\"" ? "empty" : $"`{text.Trim('"')}`";

    private static string Prose(ReferenceGroup group)
    {
        var text = new StringBuilder();
        foreach (var line in group.Comment)
        {
            var choice = Choice().Match(line);
            text.Append(choice.Success ? $"{(text.Length > 0 ? "\n" : "")}- `{choice.Groups["name"].Value}`: {Escaped(choice.Groups["rest"].Value)}"
                : text.Length == 0 ? Escaped(line) : $"\n{(text.ToString().Contains("\n- ", StringComparison.Ordinal) || text[0] == '-' ? "  " : "")}{Escaped(line)}");
        }

        return text.ToString();
    }

    private static string Escaped(string text) => text.Replace("<", "\\<", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<name>on|off|retry|stop|require|handshake-first|reject|wait|drop-oldest|fence|jetstream|none|skip): (?<rest>.+)$")]
    private static partial Regex Choice();
}
