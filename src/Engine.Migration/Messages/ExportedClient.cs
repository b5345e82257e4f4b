using Engine.Metadata;

namespace Engine.Migration;

/// <summary>A client that comes along with its capabilities. Source: migrator specification, 2.6 and 6 (C7).</summary>
/// <param name="Client">Who.</param>
/// <param name="Address">Where it is reached.</param>
/// <param name="Completed">Requests of it that were executed and whose answers it may not have: the importer does not execute
/// them again.</param>
public sealed record ExportedClient(ClientId Client, string Address, IReadOnlyList<CompletedRequest> Completed);
