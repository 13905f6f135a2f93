using NatsActors.Demo;

if (args is not [var pipe, var file, .. { Length: <= 1 } only])
{
    Console.Error.WriteLine("usage: NatsActors.Demo PATH-OF-NATSPIPE-DLL TEXT-FILE [PART]");
    return 2;
}

var lines = await File.ReadAllLinesAsync(file);
var input = new DemoInput(pipe, file, lines);
var folder = Directory.CreateTempSubdirectory("nats-actors-demo");
try
{
    Func<Task<bool>>[] parts =
    [
        () => StorageDemo.RunAsync(input),
        () => ConnectionDemo.RunAsync(input),
        () => new ProcessDemo(input, folder.FullName).RunAsync(),
    ];
    var passed = true;
    foreach (var (number, part) in parts.Index())
    {
        if (only is [] || only[0] == $"{number + 1}")
        {
            passed &= await part();
        }
    }

    return passed ? 0 : 1;
}
finally
{
    folder.Delete(recursive: true);
}
