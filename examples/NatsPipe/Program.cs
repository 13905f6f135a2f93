using NatsActors.Pipe;

return await PipeCommand.RunAsync(args, new PipeConsole());
