namespace Engine.Metadata;

/// <summary>What a client asks of the namespace. Values are sent. Source: migrator specification, 7.1.</summary>
public enum ClientOp
{
    /// <summary>Finds an inode by path; the last component is not followed.</summary>
    Lookup,

    /// <summary>Attributes of an inode.</summary>
    GetAttributes,

    /// <summary>Entries of a directory, from a cursor on.</summary>
    ReadDirectory,

    /// <summary>Target of a symbolic link.</summary>
    ReadLink,

    /// <summary>Value of an extended attribute.</summary>
    GetXattr,

    /// <summary>Names of the extended attributes.</summary>
    ListXattr,

    /// <summary>Makes a directory.</summary>
    MakeDirectory,

    /// <summary>Makes a regular file, and opens it where asked.</summary>
    Create,

    /// <summary>Makes a symbolic link.</summary>
    SymbolicLink,

    /// <summary>Opens a file or directory with capabilities.</summary>
    Open,

    /// <summary>Ends an open.</summary>
    Close,

    /// <summary>Changes attributes.</summary>
    SetAttributes,

    /// <summary>Sets an extended attribute; <c>dir.pin</c> pins a directory to a rank.</summary>
    SetXattr,

    /// <summary>Removes an extended attribute.</summary>
    RemoveXattr,

    /// <summary>Gives a file another name.</summary>
    Link,

    /// <summary>Removes a name of a file.</summary>
    Unlink,

    /// <summary>Removes an empty directory.</summary>
    RemoveDirectory,

    /// <summary>Moves a name, over another where there is one.</summary>
    Rename,

    /// <summary>Makes everything durable that was acknowledged before.</summary>
    Sync,

    /// <summary>Divides a directory anew: splits a fragment, or merges fragments. For the superuser.</summary>
    Fragment,
}
