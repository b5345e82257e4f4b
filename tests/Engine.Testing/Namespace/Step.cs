namespace Engine.Testing.Namespace;

/// <summary>One operation with its arguments, as data; members that its kind does not use keep their defaults.</summary>
public sealed record Step
{
    public required StepKind Kind { get; init; }

    public Credential Who { get; init; } = Credential.Root;

    /// <summary>The path; of a link or rename the existing name.</summary>
    public byte[] Path { get; init; } = [];

    /// <summary>The new name of a link or rename; the target of a symbolic link.</summary>
    public byte[] Second { get; init; } = [];

    public bool NoFollow { get; init; }

    public uint Mode { get; init; }

    public OpenFlags Flags { get; init; }

    /// <summary>The script's name of an open file; null for an open that is closed at once.</summary>
    public string? Handle { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }

    /// <summary>Bytes.</summary>
    public long Length { get; init; }

    public TimeChange Accessed { get; init; }

    public TimeChange Modified { get; init; }

    /// <summary>Of an extended attribute.</summary>
    public byte[] Name { get; init; } = [];

    /// <summary>Of an extended attribute.</summary>
    public byte[] Value { get; init; } = [];

    public XattrMode XattrMode { get; init; }

    public RenameMode RenameMode { get; init; }

    /// <inheritdoc/>
    public override string ToString() => StepText.Format(this);
}
