namespace Engine.Metadata;

/// <summary>Tells a <see cref="DirIndex"/> the name of a node.</summary>
internal interface INameSource
{
    ReadOnlySpan<byte> NameOf(int node);
}
