using NatsActors.Faults;

return await FaultCommand.Root().Parse(args).InvokeAsync();
