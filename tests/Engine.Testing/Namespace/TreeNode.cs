namespace Engine.Testing.Namespace;

/// <summary>A name found on a walk.</summary>
/// <param name="Path">From the root of the namespace; never ends with a slash, except the root's own.</param>
/// <param name="Depth">0 for where the walk began.</param>
/// <param name="Status">Of the name itself: links are not followed.</param>
public readonly record struct TreeNode(byte[] Path, int Depth, FileStatus Status)
{
    /// <summary>The last component.</summary>
    public ReadOnlySpan<byte> Name => Path.AsSpan(Path.AsSpan().LastIndexOf((byte)'/') + 1);
}
