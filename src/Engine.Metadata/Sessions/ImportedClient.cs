namespace Engine.Metadata;

/// <summary>A client that comes along with a region.</summary>
/// <param name="Client">Who.</param>
/// <param name="Address">Where it is reached.</param>
/// <param name="Completed">Requests of it that were executed and whose answers it may not have.</param>
public sealed record ImportedClient(ClientId Client, string Address, IReadOnlyList<CompletedRequest> Completed);
