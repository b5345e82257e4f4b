namespace Engine.Simulation;

/// <summary>What is done to the attributes of an inode.</summary>
public enum AttributeAction
{
    /// <summary>Reads them.</summary>
    Read,

    /// <summary>Makes the inode, with some.</summary>
    Make,

    /// <summary>Sets some.</summary>
    Set,

    /// <summary>Flushes what was written under a capability: the file is at least as long, and modified no earlier, than that
    /// says.</summary>
    Flush,
}
