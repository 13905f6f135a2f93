namespace NatsActors.Tests.House;

/// <summary>
/// Holds the arrows between the folders of the library: a folder names types only of the folders that it stands on, Akka.NET is
/// used from the door on, and the client of NATS only by links and by what hands a user's options to them.
/// </summary>
public sealed class ArrowsTests
{
    private const string Root = "";
    private const string Serialization = "Contract/Serialization";

    private static readonly string[] Everything = ["*"];

    // Folder by folder, what its files may name besides their own folder.
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Contract"] = [],
        [Serialization] = ["Contract"],
        ["Protocol"] = ["Contract"],
        ["Settings"] = ["Contract", "Protocol"],
        ["Buffer"] = ["Contract", "Protocol", "Settings"],
        ["Delivery"] = ["Contract", "Protocol", "Settings", "Buffer"],
        ["Links"] = ["Contract", "Protocol", "Settings", "Buffer"],
        ["Connection"] = ["Contract", "Protocol", "Settings"],
        ["Door"] = ["Contract", "Protocol", "Settings", "Buffer", "Delivery"],
        ["Diagnostics"] = ["Contract", "Protocol", "Settings", "Buffer", "Door"],
        ["Actors"] = ["Contract", "Protocol", "Settings", "Buffer", "Delivery", "Links", "Connection", "Door", "Diagnostics"],
        ["Producers"] = ["Contract", "Settings", "Door"],
        ["Streams"] = ["Contract", "Settings", "Door", "Producers"],
        ["Hosting"] = Everything,
        [Root] = Everything,
    };

    private static readonly string[] AkkaFolders = [Serialization, "Door", "Actors", "Diagnostics", "Producers", "Streams", "Hosting", Root];

    // What reads Akka's parsed HOCON.
    private const string HoconFiles = "Settings/Hocon";

    // Reports are told to actors: two of Akka.NET's markers say that they never leave the process.
    private const string LinkPort = "Links/ILink.cs";

    private static readonly string[] ClientFolders = ["Links", "Hosting", Root];

    // Pure: nothing but the base library.
    private static readonly string[] PureFolders = ["Contract", "Protocol", "Buffer", "Delivery", "Connection"];

    private static readonly IReadOnlyList<SourceFile> Files = SourceFile.ReadAll();

    [Fact]
    public void Every_folder_has_its_arrows() =>
        Report(Files.Where(file => !Arrows.ContainsKey(file.Folder)).Select(file => $"{file.Path}: the folder {file.Folder} has no arrows in this test"));

    [Fact]
    public void A_folder_names_types_only_of_the_folders_that_it_stands_on()
    {
        var owners = Files
            .SelectMany(file => file.Types().Select(type => (Type: type, file.Folder)))
            .ToLookup(pair => pair.Type, pair => pair.Folder);

        Report(Files.SelectMany(file => NamesIn(file)
            .Where(name => owners.Contains(name.Name) && !owners[name.Name].Any(owner => MayName(file.Folder, owner)))
            .DistinctBy(name => name.Name)
            .Select(name => $"{file.Path}:{name.Line} names {name.Name} of {Listed(owners[name.Name].Take(1))}; {Allowed(file.Folder)}")));

        IEnumerable<(string Name, int Line)> NamesIn(SourceFile file) => file.Names()
            .Concat(file.QualifiedNames().Where(name => owners[name.Name].Contains(name.Before)).Select(name => (name.Name, name.Line)));
    }

    [Fact]
    public void A_folder_uses_namespaces_only_of_the_folders_that_it_stands_on()
    {
        var owners = Files.Where(file => file.Namespace != "NatsActors").ToLookup(file => file.Namespace, file => file.Folder);

        Report(Files.SelectMany(file => file.Usings
            .Where(used => owners.Contains(used) && !owners[used].Any(owner => MayName(file.Folder, owner)))
            .Select(used => $"{file.Path} uses the namespace {used} of {owners[used].First()}; {Allowed(file.Folder)}")));
    }

    [Fact]
    public void Akka_is_used_from_the_door_on() =>
        Report(Files
            .Where(file => !AkkaFolders.Contains(file.Folder) && !file.Path.StartsWith(HoconFiles, StringComparison.Ordinal) && file.Path != LinkPort)
            .SelectMany(file => file.LinesWith(@"\bAkka\b")
                .Select(line => $"{file.Path}:{line} names Akka; it may in {Listed(AkkaFolders)}, {HoconFiles}*.cs")));

    [Fact]
    public void The_client_of_NATS_is_used_by_links_and_by_what_hands_options_to_them() =>
        Report(Files
            .Where(file => !ClientFolders.Contains(file.Folder))
            .SelectMany(file => file.LinesWith(@"\bNATS\b").Select(line => $"{file.Path}:{line} names NATS.*; it may in {Listed(ClientFolders)}")));

    [Fact]
    public void A_pure_folder_uses_the_base_library_only() =>
        Report(Files
            .Where(file => PureFolders.Contains(file.Folder))
            .SelectMany(file => file.Usings
                .Where(used => used.Split('.')[0] is not ("System" or "NatsActors"))
                .Select(used => $"{file.Path} uses {used}; {file.Folder} is pure")));

    private static bool MayName(string from, string to) =>
        from == to || (Arrows.TryGetValue(from, out var allowed) && (allowed == Everything || allowed.Contains(to)));

    private static string Allowed(string folder) =>
        Arrows.GetValueOrDefault(folder) is { Length: > 0 } allowed ? $"{folder} may name {Listed(allowed)}" : $"{folder} stands on no other folder";

    private static string Listed(IEnumerable<string> folders) => string.Join(", ", folders.Select(folder => folder.Length == 0 ? "the root" : folder));

    private static void Report(IEnumerable<string> violations)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, $"{found.Count} arrows point the wrong way:\n{string.Join('\n', found)}");
    }
}
