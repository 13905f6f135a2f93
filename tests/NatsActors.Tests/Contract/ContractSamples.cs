using System.Reflection;
using System.Text;

namespace NatsActors.Tests.Contract;

/// <summary>
/// Makes messages of the contract by reflection: with every property set, or with as little as the type allows. A property of a
/// type that is not known here fails the tests, so that a new one cannot be forgotten in the serializer.
/// </summary>
internal sealed class ContractSamples(bool full)
{
    public const string Secret = "hush";

    private int _count;

    /// <summary>Every message, by its type.</summary>
    public static IEnumerable<Type> Types => typeof(IContractMessage).Assembly.GetTypes()
        .Where(type => type.IsAssignableTo(typeof(IContractMessage)) && type is { IsAbstract: false, IsInterface: false })
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    public static object Full(Type type) => new ContractSamples(true).Make(type);

    public static object Least(Type type) => new ContractSamples(false).Make(type);

    /// <summary>The properties of the type that carry state.</summary>
    public static IEnumerable<PropertyInfo> StateOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.GetIndexParameters().Length == 0);

    private object Make(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(candidate => candidate.GetParameters().Length).First();
        var made = constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType, p.Name!, IsNullable(p)))]);
        foreach (var property in StateOf(type))
        {
            var nullable = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;
            if (full || nullable || property.GetValue(made) is null)
            {
                property.SetValue(made, Value(property.PropertyType, property.Name, nullable));
            }
        }

        return made;
    }

    private static bool IsNullable(ParameterInfo parameter) =>
        new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;

    private object? Value(Type type, string name, bool nullable)
    {
        if (!full)
        {
            return nullable ? null : type == typeof(string) ? "" : Empty(type);
        }

        _count++;
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type switch
        {
            _ when type == typeof(string) => $"{name} {_count} größe 日本 😀",
            _ when type == typeof(bool) => true,
            _ when type == typeof(int) => int.MaxValue - _count,
            _ when type == typeof(long) => long.MinValue + _count,
            _ when type == typeof(TimeSpan) => TimeSpan.FromTicks(-123_456_789_012_345_678 + _count),
            _ when type.IsEnum => Enum.GetValues(type).Cast<object>().Last(),
            _ when type == typeof(ReadOnlyMemory<byte>) => Payload,
            _ when type == typeof(IReadOnlyList<KeyValuePair<string, string>>) => Headers,
            _ when type == typeof(IReadOnlyList<string>) => new[] { $"one {_count}", "", "two" },
            _ when type == typeof(IReadOnlyList<Publish>) => new[] { (Publish)Full(typeof(Publish)), null!, (Publish)Least(typeof(Publish)) },
            _ when type == typeof(IReadOnlyList<UndeliveredMessage>) =>
                new[] { (UndeliveredMessage)Make(typeof(UndeliveredMessage)), (UndeliveredMessage)Make(typeof(UndeliveredMessage)) },
            _ when type == typeof(IReadOnlyDictionary<UndeliveredReason, long>) =>
                Enum.GetValues<UndeliveredReason>().ToDictionary(reason => reason, _ => (long)++_count),
            _ when type == typeof(LedgerTotals) => Make(type),
            _ when type == typeof(PublishReply) => Make(typeof(Rejected)),
            _ when type == typeof(Outcome) => Make(typeof(Undelivered)),
            _ => throw new NotSupportedException($"{type} {name}: teach ContractSamples and the serializer this type"),
        };
    }

    private static ReadOnlyMemory<byte> Payload => (byte[])[0, 255, 13, 10, .. Encoding.UTF8.GetBytes(Secret)];

    private static KeyValuePair<string, string>[] Headers => [new("b", $"1 {Secret}"), new("a", ""), new("b", $"2 {Secret}"), new("", "ü")];

    private object? Empty(Type type) => type switch
    {
        _ when type.IsValueType => Activator.CreateInstance(type),
        _ when type == typeof(LedgerTotals) => new LedgerTotals(),
        _ when type == typeof(Outcome) => new Delivered(0),
        _ when type == typeof(IReadOnlyList<Publish>) => Array.Empty<Publish>(),
        _ when type == typeof(IReadOnlyList<string>) => Array.Empty<string>(),
        _ when type == typeof(IReadOnlyList<UndeliveredMessage>) => Array.Empty<UndeliveredMessage>(),
        _ => throw new NotSupportedException($"{type}: teach ContractSamples this type"),
    };
}
