namespace Engine.Metadata;

/// <summary>How a request opens, creates, renames or sets. Values are sent. Source: open(2), rename(2), setxattr(2).</summary>
[Flags]
public enum OpenFlags
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>For reading.</summary>
    Read = 1,

    /// <summary>For writing.</summary>
    Write = 2,

    /// <summary>The name must not exist.</summary>
    Exclusive = 4,

    /// <summary>The file is cut to nothing.</summary>
    Truncate = 8,

    /// <summary>The object must be a directory.</summary>
    Directory = 16,

    /// <summary>A create makes the file where it is missing and opens it otherwise; without it, a create only makes.</summary>
    OrOpen = 32,

    /// <summary>A rename, or setting an attribute, must not replace.</summary>
    NoReplace = 64,

    /// <summary>Setting an attribute must replace.</summary>
    MustReplace = 128,

    /// <summary>An open lasts until it is closed: the inode lives on though all its names go.</summary>
    Keep = 256,

    /// <summary>A rename gives each of two names what the other has. A rename knows this flag and <see cref="NoReplace"/>, not
    /// both together.</summary>
    Exchange = 512,
}
