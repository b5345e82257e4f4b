namespace Engine.Metadata;

/// <summary>A message that took bits away and that the client has not answered.</summary>
internal struct CapRevoke
{
    /// <summary>What the client had before.</summary>
    public CapBits Before;

    /// <summary>The last message before.</summary>
    public uint Seq;

    /// <summary>The next younger one; 0 for none.</summary>
    public int Next;
}
