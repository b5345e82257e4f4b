namespace Engine.Metadata;

/// <summary>What a walk does with a symbolic link at the end of a path.</summary>
internal enum PathTail
{
    /// <summary>The link itself is meant, whatever follows it: as by those who change names.</summary>
    Name,

    /// <summary>The link itself is meant, unless a slash follows it.</summary>
    Link,

    /// <summary>What the link leads to is meant.</summary>
    Target,

    /// <summary>The same, where it is to be a file that is made if there is none: a slash at the end refuses it.</summary>
    TargetFile,
}
