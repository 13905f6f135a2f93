using Microsoft.Extensions.Configuration;

namespace NatsActors.Persistence.Tests.Hosting;

/// <summary>A folder for journal files, gone at the end of the test.</summary>
internal sealed class JournalFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("nats-actors-journal").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public static IConfiguration Configuration(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
