using NatsActors.Cluster.Nodes;

return await NodeCommand.Root().Parse(args).InvokeAsync();
