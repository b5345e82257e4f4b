namespace Engine.Metadata;

/// <summary>What a walk does with a symbolic link at the end of a path.</summary>
internal enum PathTail
{
    /// <summary>The link itself is meant, whatever follows it: as by those who change names.</summary>
    Name,

    /// <summary>The same, of a name that changes together with one of this rank's: what only another rank can tell of it ends
    /// the walk with EXDEV.</summary>
    OwnName,

    /// <summary>The same but for the last name, which may be another rank's and is not asked for then.</summary>
    OwnWay,

    /// <summary>The link itself is meant; what only another rank can tell of the last name is not asked for.</summary>
    NameAnywhere,

    /// <summary>The link itself is meant, unless a slash follows it.</summary>
    Link,

    /// <summary>What the link leads to is meant.</summary>
    Target,

    /// <summary>The same, where it is to be a file that is made if there is none: a slash at the end refuses it.</summary>
    TargetFile,
}
