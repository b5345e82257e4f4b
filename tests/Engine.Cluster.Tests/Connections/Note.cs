using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>A message of these tests.</summary>
internal sealed record Note(ulong Number, byte[] Bytes) : Message;
