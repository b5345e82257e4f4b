namespace Engine.Cluster;

/// <summary>What is wrong with received bytes.</summary>
public enum FrameProblemKind
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Not the beginning of a frame.</summary>
    Magic,

    /// <summary>Written by a program with another format of frames.</summary>
    Version,

    /// <summary>The header is not what was sent.</summary>
    HeaderChecksum,

    /// <summary>No frame has this number.</summary>
    Kind,

    /// <summary>A frame that this peer may not send, or not now.</summary>
    NotNow,

    /// <summary>A flag that the frame cannot have, or reserved bytes that are used.</summary>
    Flags,

    /// <summary>The body is shorter or longer than it may be.</summary>
    BodyLength,

    /// <summary>There are more payload bytes than there may be, or not as many as the pieces say.</summary>
    PayloadLength,

    /// <summary>The number of a transfer or of its piece is impossible, or out of order.</summary>
    Number,

    /// <summary>Body or payload are not what was sent.</summary>
    BodyChecksum,

    /// <summary>A piece that does not fit any page.</summary>
    Piece,

    /// <summary>A field of a greeting or refusal with an impossible value.</summary>
    Field,

    /// <summary>The message in the frame is none.</summary>
    Message,

    /// <summary>The peer ended the connection within a frame.</summary>
    Truncated,
}
