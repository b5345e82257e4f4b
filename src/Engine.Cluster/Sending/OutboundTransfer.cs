using Engine.Metadata;

namespace Engine.Cluster;

/// <summary>A message with pages that waits to be sent, or is being sent.</summary>
internal sealed class OutboundTransfer
{
    /// <summary>The encoded message.</summary>
    public ControlBuffer Body { get; } = new();

    public uint Number { get; set; }

    public PagesMessage? Message { get; set; }

    public PageParcel? Pages { get; set; }

    /// <summary>First piece that was not handed to the wire.</summary>
    public int NextPiece { get; set; }

    /// <summary>Number of the next frame.</summary>
    public uint NextFrame { get; set; }

    /// <summary>Was the last frame handed to the wire?</summary>
    public bool IsDone { get; set; }

    /// <summary>What is left is not to be sent, and the peer is to be told.</summary>
    public bool IsWithdrawn { get; set; }

    /// <summary>The peer wants no more of it.</summary>
    public bool IsDeclined { get; set; }

    /// <summary>Gives the pages back and makes it fit for another.</summary>
    public void Reset()
    {
        Pages?.Dispose();
        Pages = null;
        Message = null;
        Body.Clear();
        NextPiece = 0;
        NextFrame = 0;
        IsDone = false;
        IsWithdrawn = false;
        IsDeclined = false;
    }
}
