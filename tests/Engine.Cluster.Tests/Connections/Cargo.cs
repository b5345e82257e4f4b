using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>A message with pages of these tests.</summary>
internal sealed record Cargo(ulong Number) : PagesMessage;
