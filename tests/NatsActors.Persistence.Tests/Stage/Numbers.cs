using System.Globalization;
using System.Text;
using NatsActors.Testing;

namespace NatsActors.Persistence.Tests.Stage;

/// <summary>Messages whose payloads are numbers.</summary>
internal static class Numbers
{
    public const string Subject = "numbers";

    public static Publish Message(int number) => new(Subject, Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    public static Publish[] Batch(int from, int count) => [.. Enumerable.Range(from, count).Select(Message)];

    public static IEnumerable<int> Of(IEnumerable<ReceivedMessage> messages) =>
        messages.Select(static message => int.Parse(message.Text, CultureInfo.InvariantCulture));

    public static IEnumerable<int> To(int last) => Enumerable.Range(1, last);

    /// <summary>What arrived, without what was sent again.</summary>
    public static IEnumerable<int> FirstArrivals(NatsReader reader) => Of(reader.Messages).Distinct();
}
