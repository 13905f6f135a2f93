using System.Text.RegularExpressions;
using Akka.Configuration;
using NatsActors.Settings;

namespace NatsActors.Tests.Settings;

/// <summary>The allowed values of a key, in the words with which the settings reader refuses wrong ones.</summary>
internal static partial class AllowedValues
{
    // Texts that each kind of key refuses: no value of the kind, and values beyond each end of the kind's range.
    private static readonly string[] Wrong = ["?", "-1", "2", "-1B", "-1s", "25d", "a b"];

    /// <summary>The values of a key of NatsActors.</summary>
    public static string OfPublisher(ReferenceKey key)
    {
        var path = key.Path.Replace(ReferenceDefaults.Root, "", StringComparison.Ordinal);
        if (SettingsKeys.All.FirstOrDefault(each => each.Path == path) is not { } known)
        {
            return path[PackageKeys.Root.Length..] switch
            {
                "akka.dispatcher" => "a dispatcher of the system's configuration",
                "akka.drain-phase" => "a phase of CoordinatedShutdown",
                "publishers" => "a section for each name",
                _ => throw new InvalidOperationException($"{key.Path} has no row in SettingsKeys."),
            };
        }

        if (known.IsList)
        {
            return path == "connection.servers" ? "one or more URLs" : "a list";
        }

        // The rule about the range stands behind the kind.
        var answers = Wrong.Select(text => Refusal(known, text)).OfType<string>()
            .Select(text => Number().Replace(Words(text), "a whole number")).Distinct().ToList();
        return answers.Count == 0 ? "text" : string.Join("; ", answers).Replace("|", "\\|", StringComparison.Ordinal);
    }

    /// <summary>The values of the keys of a section that <paramref name="read"/> reads.</summary>
    public static Func<ReferenceKey, string> By(Action<Config> read) => key =>
    {
        var error = Assert.Throws<SettingsException>(() => read(ConfigurationFactory.ParseString($"{key.Path} = \"?\"")));
        var violation = Assert.Single(error.Violations);
        return Words(violation[violation.IndexOf("must ", StringComparison.Ordinal)..]);
    };

    private static string? Refusal(SettingKey key, string text)
    {
        var settings = new PublisherSettings();
        return !key.TryApply([text], ref settings, out var allowed)
            // A text of another kind says what the kind is; it is asked for once, by "?".
            ? text == "?" ? allowed : null
            : key.Check(settings).Select(violation => violation.Allowed).FirstOrDefault();
    }

    private static string Words(string rule) => Must().Replace(rule, "");

    // The page's head says how units are written, with examples.
    [GeneratedRegex(@"^(.*; )?must be (one of |made of )?| with a unit \([^)]*\), such as \w+|, such as \d+[A-Za-z]+$")]
    private static partial Regex Must();

    [GeneratedRegex(@"^a whole number, at most \d+$")]
    private static partial Regex Number();
}
