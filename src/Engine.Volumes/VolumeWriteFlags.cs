namespace Engine.Volumes;

/// <summary>Attributes of one write.</summary>
[Flags]
public enum VolumeWriteFlags
{
    /// <summary>The write completes once it is accepted; a flush makes it durable.</summary>
    None = 0,

    /// <summary>The write completes only when its bytes are durable (force unit access).</summary>
    Fua = 1,
}
