using System.Net.Sockets;

namespace NatsActors.Testing;

/// <summary>
/// The copies of a stream with replicas. A PubAck promises that a majority has a message; a server may lack a range that the others have
/// (seen with nats-server 2.9.10 under load).
/// </summary>
public static class StreamCopies
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What a majority of the servers has, in the stream's order.</summary>
    /// <param name="port">A server of the cluster.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="servers">How many servers have a copy.</param>
    public static async Task<IReadOnlyList<StoredMessage>> MajorityAsync(int port, string stream, int servers)
    {
        var copies = new Dictionary<string, List<StoredMessage>>();
        // The servers choose which copy a consumer reads, so consumers are made until each copy has been read.
        await Until.TrueAsync(async () =>
        {
            try
            {
                await using var reader = await NatsReader.ConnectAsync(port);
                var copy = await new StreamAdmin(reader).OpenAsync(stream);
                if (!copies.ContainsKey(copy.Node!))
                {
                    copies[copy.Node!] = await copy.Messages.ToListAsync();
                }
            }
            catch (Exception failure) when (failure is TimeoutException or InvalidOperationException or InvalidDataException or IOException or SocketException)
            {
                // A cluster that elects a leader leaves a request without an answer, or answers with an error; a server that comes back
                // takes no connection; a copy that changes its leader is read with a gap. The next turn asks again.
            }

            return copies.Count == servers;
        }, Patience, $"every copy of {stream} is read");
        return [.. copies.Values.SelectMany(static copy => copy)
            .GroupBy(static message => message.Sequence)
            .Where(group => group.Count() > servers / 2)
            .Select(static group => group.First())
            .OrderBy(static message => message.Sequence)];
    }
}
