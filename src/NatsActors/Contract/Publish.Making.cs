using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace NatsActors;

/// <summary>Messages from a text, from an object, and with the headers of a dictionary.</summary>
public sealed partial record Publish
{
    private const string Reflection = "JSON by reflection needs types that trimming may remove. Use the overload with a JsonTypeInfo.";

    /// <summary>A message whose payload is a text in UTF-8. A lone surrogate becomes U+FFFD.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="payload">The text.</param>
    /// <exception cref="ArgumentNullException">The text is null.</exception>
    public static Publish Text(string subject, string payload) => new(subject, Encoding.UTF8.GetBytes(payload));

    /// <summary>A message whose payload is an object as JSON, written by reflection.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="value">The object; null is written as <c>null</c>.</param>
    /// <param name="options">The options of System.Text.Json; null for its defaults.</param>
    /// <exception cref="JsonException">The object cannot be written, for example because it has a cycle.</exception>
    /// <exception cref="NotSupportedException">System.Text.Json has no converter for a type of the object.</exception>
    [RequiresUnreferencedCode(Reflection)]
    [RequiresDynamicCode(Reflection)]
    public static Publish Json<T>(string subject, T value, JsonSerializerOptions? options = null) =>
        new(subject, JsonSerializer.SerializeToUtf8Bytes(value, options));

    /// <summary>A message whose payload is an object as JSON, written by generated code; for trimmed and native programs.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="value">The object; null is written as <c>null</c>.</param>
    /// <param name="type">The type's metadata, from a <see cref="System.Text.Json.Serialization.JsonSerializerContext"/>.</param>
    /// <exception cref="ArgumentNullException">The metadata is null.</exception>
    /// <exception cref="JsonException">The object cannot be written, for example because it has a cycle.</exception>
    public static Publish Json<T>(string subject, T value, JsonTypeInfo<T> type) =>
        new(subject, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>
    /// A message whose payload a serializer of the caller's choice writes. The method <c>Serialize</c> of NATS.Client's
    /// <c>INatsSerialize&lt;T&gt;</c> fits: <c>Publish.From("orders.new", order, serializer.Serialize)</c>.
    /// </summary>
    /// <param name="subject">The subject.</param>
    /// <param name="value">The object.</param>
    /// <param name="serialize">Writes the object. The writer must not be used after the call. An exception goes to the caller.</param>
    /// <exception cref="ArgumentNullException">The serializer is null.</exception>
    public static Publish From<T>(string subject, T value, Action<IBufferWriter<byte>, T> serialize)
    {
        ArgumentNullException.ThrowIfNull(serialize);
        var writer = PayloadWriter.Rent();
        serialize(writer, value);
        var message = new Publish(subject, writer.WrittenSpan.ToArray());
        PayloadWriter.Return(writer);
        return message;
    }

    /// <summary>The same message with these headers instead of its own, copied now; a dictionary fits.</summary>
    /// <param name="headers">The headers in order; a name may occur more than once.</param>
    /// <exception cref="ArgumentNullException">The headers are null.</exception>
    public Publish WithHeaders(IEnumerable<KeyValuePair<string, string>> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return this with { Headers = [.. headers] };
    }
}

/// <summary>
/// A thread's writer for payloads, so that a message holds its payload's bytes and no spare ones. A serializer that makes another message
/// while it writes gets another writer, and one that throws leaves its writer behind.
/// </summary>
internal static class PayloadWriter
{
    private const int LargestKept = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _free;

    public static ArrayBufferWriter<byte> Rent()
    {
        var writer = _free ?? new ArrayBufferWriter<byte>();
        _free = null;
        return writer;
    }

    public static void Return(ArrayBufferWriter<byte> writer)
    {
        if (writer.Capacity <= LargestKept)
        {
            writer.ResetWrittenCount();
            _free = writer;
        }
    }
}
