using NatsActors.Crash;

return await CrashCommand.Root().Parse(args).InvokeAsync();
