using System.Globalization;
using System.Text.Json;

namespace NatsActors.Benchmarks.Gate;

/// <summary>The usual ratios of raw, as they are committed. A ratio fails the gate below two thirds of its usual value.</summary>
/// <param name="PayloadBytes">The payload size at which they hold.</param>
/// <param name="Usual">The usual ratio of each way, by the way's name.</param>
internal sealed record Floors(int PayloadBytes, IReadOnlyDictionary<string, double> Usual)
{
    private const double Share = 2.0 / 3;
    private const double LargestRatio = 2;
    private const int LargestPayload = 64 * 1024;
    private const string PayloadKey = "payloadBytes";
    private const string RatiosKey = "ratiosOfRaw";

    /// <summary>The file beside the program.</summary>
    public static FileInfo Committed { get; } = new(Path.Combine(AppContext.BaseDirectory, "floors.json"));

    /// <summary>What the ratio of a way must reach.</summary>
    public double FloorOf(string way) => Usual[way] * Share;

    /// <exception cref="BenchmarkException">There is no such file, or something in it is wrong: names the key, its value and what is allowed.</exception>
    public static Floors Read(FileInfo file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file.FullName));
            return Read(json.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException or FormatException)
        {
            throw new BenchmarkException($"{file.Name}: {failure.Message}");
        }
    }

    private static Floors Read(JsonElement root)
    {
        Require(root.ValueKind == JsonValueKind.Object, "the file", root, $"an object with {PayloadKey} and {RatiosKey}");
        foreach (var unknown in root.EnumerateObject().Where(each => each.Name is not (PayloadKey or RatiosKey)))
        {
            Require(false, unknown.Name, unknown.Value, $"only the keys {PayloadKey} and {RatiosKey}");
        }

        var size = root.TryGetProperty(PayloadKey, out var payload) ? payload : default;
        var ratios = root.TryGetProperty(RatiosKey, out var each) ? each : default;
        var bytes = 0;
        Require(
            size.ValueKind == JsonValueKind.Number && size.TryGetInt32(out bytes) && bytes is >= 0 and <= LargestPayload,
            PayloadKey, size, Text($"a whole number from 0 to {LargestPayload}"));
        Require(ratios.ValueKind == JsonValueKind.Object && ratios.EnumerateObject().Any(), RatiosKey, ratios, "an object with at least one way and its usual ratio");
        return new(bytes, RatiosOf(ratios));
    }

    private static Dictionary<string, double> RatiosOf(JsonElement ratios)
    {
        string[] allowed = [.. GateRun.Ways.Select(way => way.Name)];
        var usual = new Dictionary<string, double>();
        foreach (var ratio in ratios.EnumerateObject())
        {
            var key = $"{RatiosKey}.{ratio.Name}";
            Require(allowed.Contains(ratio.Name), key, ratio.Value, $"only the ways {string.Join(", ", allowed)}");
            var value = 0.0;
            Require(
                ratio.Value.ValueKind == JsonValueKind.Number && ratio.Value.TryGetDouble(out value) && value is > 0 and <= LargestRatio,
                key, ratio.Value, Text($"a number above 0 and at most {LargestRatio}"));
            Require(usual.TryAdd(ratio.Name, value), key, ratio.Value, "each way once");
        }

        return usual;
    }

    private static void Require(bool holds, string key, JsonElement value, string allowed)
    {
        if (!holds)
        {
            var shown = value.ValueKind == JsonValueKind.Undefined ? "is missing" : $"is {value.GetRawText()}";
            throw new FormatException($"{key} {shown}; allowed is {allowed}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
