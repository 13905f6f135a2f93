using NatsActors.Demo;

if (args is not [var pipe, var file])
{
    Console.Error.WriteLine("usage: NatsActors.Demo PATH-OF-NATSPIPE-DLL TEXT-FILE");
    return 2;
}

var lines = await File.ReadAllLinesAsync(file);
var input = new DemoInput(pipe, file, lines);
var stored = await StorageDemo.RunAsync(input);
var delivered = await ConnectionDemo.RunAsync(input);
return stored && delivered ? 0 : 1;
